/** Diagnostics and kernels, in English. */
export const diagnostics = {
  'diagnostics.title': 'Diagnostics',
  'diagnostics.adapter': 'Adapter',
  'diagnostics.facts': 'Adapter and browser',
  'diagnostics.browser': 'Browser',
  'diagnostics.isolated': 'Cross-origin isolation',
  'diagnostics.yes': 'yes',
  'diagnostics.no': 'no',
  'diagnostics.storage': 'Storage of this page',
  'diagnostics.storageUsed': '{{used}} of {{quota}} used',
  'diagnostics.storagePersisted': '{{used}} of {{quota}} used, safe when the disk fills up',
  'diagnostics.computing': 'Matmul kernels that compute',
  'diagnostics.forced': '{{kernels}}, as you chose',
  'diagnostics.chosen': '{{kernels}} ({{products}} shapes)',
  'diagnostics.unmeasured': 'Chosen by rule of thumb: nothing has been measured on this adapter',
  'diagnostics.features': 'Features for kernels',
  'diagnostics.matrices': 'Units for matrices',
  'diagnostics.kernels': 'Matmul kernels',
  'diagnostics.kernelsHint':
    'Automatic takes the fastest for every shape, measured in two seconds when a model is loaded and remembered. Other kernels give the same result within rounding.',
  'diagnostics.kernelsSoftware':
    'On a software adapter nothing is measured by itself, because compiling the trials takes long; kernels that work in registers are taken.',
  'diagnostics.measure': 'Measure',
  'diagnostics.measuring': 'Measuring…',
  'diagnostics.times': 'Milliseconds of each kernel',
  'diagnostics.product': 'Product',
  'diagnostics.rows': 'Rows',
  'kernels.automatic': 'Automatic',
  'kernels.registers': 'Registers',
  'kernels.lanes': 'Lanes',
  'kernels.tiles64': 'Tiles of 64',
  'kernels.tiles128': 'Tiles of 128',
  'kernels.matrices': 'Units for matrices',
  'kernels.quads': 'Registers, by quads',
  'kernels.sums': 'Tiles with shared terms',
  'kernels.single': 'Odd widths',
  'kernels.alone': 'Alone',
  'kernels.shared': 'Shared',
  'kernels.heads': 'Norms of heads',
  'kernels.forward-kl': 'Forward KL',
  'kernels.reverse-kl': 'Reverse KL',
  'kernels.jsd': 'Jensen–Shannon',
  'kernels.all': 'Of all tokens',
  'kernels.likely': 'Top-k and top-p',
  'matrices.none': 'not offered',
  'matrices.offered': 'offered, off',
  'matrices.on': 'on',
  'matrices.wish': 'Units for matrices (experimental)',
  'matrices.reload': 'Takes effect when the page is loaded again.',
  'matrices.hint':
    'Products are computed on the card’s units for matrices of f16, each number as a sum of two f16: about as exact as f32. Turned off again when the graphics card is lost.',

  'lacks.title': 'What this browser lacks',
  'lacks.none': 'Nothing that the studio uses is missing here.',
  'lacks.software':
    'A graphics card: WebGPU computes on the processor, a hundred times slower. Turn on hardware acceleration in the browser’s settings, or install the driver of the card; the demo works as it is.',
  'lacks.binding':
    'Large bindings: one tensor may have at most {{limit}} here. With a model as wide as Qwen2.5-3B a batch then holds at most {{tokens}} tokens. Choose smaller batches, shorter rows or a smaller model; the memory panel says beforehand which stage cannot run.',
  'lacks.ownFiles':
    'Files of its own (OPFS): downloaded models and the choice of kernels are forgotten when the page is closed. Leave the private window, or allow site data for this page.',
  'lacks.storage':
    'Room for a large model: this page may store {{free}} more; a model of 3 billion parameters needs 6 GiB. Free space on the disk, or delete stored models; models opened from folders need none of it.',
  'lacks.directoryPicker':
    'Writing into folders: results come as single downloads, which you put into one folder yourself. Chrome and Edge on a computer can write into a folder.',
  'lacks.isolated':
    'Cross-origin isolation: clocks are coarser, so the measured times of kernels are too. Whoever serves the page sends the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.',
  'lacks.wakeLock':
    'Keeping the screen on: the computer may go to sleep in the middle of a long run. Turn sleep off in the system’s settings while it lasts.',
  'lacks.notifications':
    'Notifications: the page cannot tell you when a run has ended while you look at something else. The title of the tab says it.',
  'lacks.notificationsBlocked':
    'Notifications, which are blocked for this page: it cannot tell you when a run has ended. Allow them beside the address if you want that.',
  'lacks.subgroups':
    'Subgroups: only the kernels for a card’s units for matrices need them; everything else computes as well without. A newer browser or driver may offer them.',
  'lacks.f16':
    'Half precision (shader-f16): only the kernels for a card’s units for matrices need it; everything else computes in f32. A newer browser or driver may offer it.',

  'stageMemory.title': 'Memory by stage',
  'stageMemory.stage': 'Stage',
  'stageMemory.next': 'Predicted now',
  'stageMemory.planned': 'Last run: predicted',
  'stageMemory.held': 'Last run: held',
  'stageMemory.others': 'Beside it',

  'selfTest.title': 'Self-test of the kernels',
  'selfTest.what':
    'Computes every kernel on this adapter with small, odd shapes and compares it with the same formula in double precision, as the project’s own tests do. It takes seconds and changes nothing.',
  'selfTest.start': 'Test the kernels',
  'selfTest.stop': 'Stop the test',
  'selfTest.all': 'Those of graphics cards too (takes minutes to compile on a processor)',
  'selfTest.loading': 'The test is being loaded…',
  'selfTest.now': '{{number}} of {{total}}: {{kernel}}',
  'selfTest.seconds': '({{seconds}} s)',
  'selfTest.agreed': '{{agreed}} of {{total}} kernels agree with double precision, {{time}}.',
  'selfTest.failed':
    '{{failed}} of {{total}} kernels differ from double precision; {{agreed}} agree, {{time}}. Do not trust what is trained on this adapter before they agree.',
  'selfTest.stopped': 'Stopped: the {{compared}} of {{total}} kernels that were compared agree, {{time}}.',
  'selfTest.failedStopped':
    'Stopped: of the {{compared}} of {{total}} kernels that were compared, {{failed}} differ and {{agreed}} agree, {{time}}. Do not trust what is trained on this adapter before they agree.',
  'selfTest.kernel': 'Kernel',
  'selfTest.variant': 'Variant',
  'selfTest.shape': 'Shape',
  'selfTest.error': 'Largest relative error',
  'selfTest.tolerance': 'Tolerance',
  'selfTest.result': 'Result',
  'selfTest.exact': 'exact',
  'selfTest.agrees': 'agrees',
  'selfTest.differs': 'differs',
  'selfTest.problem': 'The driver says: {{problem}}',
  'selfTest.force': 'Choose other matmul kernels than “{{kernels}}” below until this is repaired.',
  'selfTest.update':
    'Update the browser and the driver of the graphics card, then test again. If it stays, copy the report and send it to us.',

  'report.what':
    'To report a problem, test the kernels, then copy this report. It holds no rows, no names of files or models, and no tokens.',
  'report.models': 'Models',
  'report.model':
    '{{role}}: {{architecture}}, {{layers}} layers of {{hidden}}, {{heads}} heads ({{kvHeads}} for keys), {{vocabulary}} tokens, {{parameters}} parameters, {{bytes}}',
  'report.failures': 'Failures in sight',
  'report.untested': 'The kernels have not been tested.',
} as const;
