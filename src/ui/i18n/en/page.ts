/** The page around everything: name, graphics card, notices, in English. */
export const page = {
  'app.name': 'Distillery',
  'app.tagline': 'Fine-tune, merge and distil a language model in this tab',
  'app.skip': 'Skip to the pipeline',
  'app.intro':
    'You will teach a small language model (the teacher) your task, merge what it learnt into its weights, and distil it into an even smaller student: press “Run all”, or one stage after the other. Everything is computed on this computer’s graphics card; your rows and models never leave it.',
  'app.privacy': 'No server: rows, models and results stay in this browser, unless you push a model to the Hub.',
  'app.language': '中文',
  'app.languageLabel': 'Switch to Chinese',

  'gpu.opening': 'Looking for the graphics card…',
  'gpu.none': 'No graphics card',
  'gpu.software': 'software, slow',
  'gpu.unnamed': 'Unnamed adapter',
  'gpu.label': 'Graphics card',
  'gpu.limit': 'Largest buffer binding {{size}}',

  'nogpu.title': 'This page needs WebGPU, and it is not available here',
  'nogpu.no-webgpu': 'This browser does not offer WebGPU, so nothing can be trained yet.',
  'nogpu.old-webgpu':
    'This browser’s WebGPU lacks a part of the shader language that the kernels need (unrestricted_pointer_parameters). Update the browser, or use a current Chrome or Edge.',
  'nogpu.no-adapter': 'This browser knows WebGPU, but it offered no graphics adapter, so nothing can be trained yet.',
  'nogpu.other': 'The graphics card could not be opened: {{message}}',
  'nogpu.insecure':
    'This page was opened over an insecure address. WebGPU works on https:// and on http://localhost only: open it there.',
  'nogpu.chrome':
    'Chrome or Edge: use version 113 or newer on Windows, macOS or ChromeOS, and check that “Use graphics acceleration” is on in the settings under System.',
  'nogpu.linux':
    'Linux: start Chrome with --enable-unsafe-webgpu (and --enable-features=Vulkan), or turn on chrome://flags/#enable-unsafe-webgpu, then restart it.',
  'nogpu.firefox':
    'Firefox: version 141 or newer on Windows, 145 or newer on macOS; elsewhere set dom.webgpu.enabled to true in about:config.',
  'nogpu.safari': 'Safari: version 26 or newer on macOS 26, iOS 26 or iPadOS 26.',
  'nogpu.driver':
    'If it still fails, update the graphics driver and look at chrome://gpu: the line “WebGPU” says why it is off.',
  'nogpu.yours': 'your browser',
  'notice.region': 'Messages',
  'notice.dismiss': 'Dismiss',
  'notice.restart': 'Restart the engine',
  'notice.goOn': 'Go on from it',
  'notice.inLine': 'Line {{line}}: {{problem}}',
} as const;
