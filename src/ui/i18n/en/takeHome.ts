/** Adapters, saving, the merge report and recipe files, in English. */
export const takeHome = {
  'adapter.open': 'Start from an adapter…',
  'adapter.another': 'Another adapter…',
  'adapter.orFiles': 'or its two files',
  'adapter.openFolder': 'Open the folder of an adapter for: {{role}}',
  'adapter.openFiles': 'Open the two files of an adapter for: {{role}}',
  'adapter.twoFiles': 'adapter',
  'adapter.from': 'Starts from',
  'adapter.sizes': 'rank {{rank}} · alpha {{alpha}} · {{modules}} matrices, {{parameters}} values',
  'adapter.mixedSizes':
    'ranks up to {{rank}}, each matrix with its own rank and scale · {{modules}} matrices, {{parameters}} values',
  'adapter.targets': 'on {{targets}}',
  'adapter.trainedOn': 'trained on {{model}}',
  'adapter.untrainedTeacher': 'Counts as SFT with 0 steps: merge it as it is, or train it further.',
  'adapter.untrainedStudent': 'Counts as distilled with 0 steps: evaluate it as it is, or train it further.',
  'adapter.remove': 'Remove the adapter',
  'lose.adapter': 'With another adapter, what was trained on this model is discarded: {{stages}}. Go on?',
  'settings.loraFromAdapter': 'Rank, alpha and targets of {{roles}} are those of the adapter it starts from.',

  'artifact.teacher-adapter': 'adapter of the teacher',
  'artifact.teacher-merged': 'merged teacher',
  'artifact.student-adapter': 'adapter of the student',
  'artifact.student-distilled': 'distilled student',
  'artifact.control-adapter': 'adapter of the control run',
  'save.adapter': 'Save adapter…',
  'save.model': 'Save model…',
  'save.name': 'Save the {{what}}',
  'save.shard': 'Files up to (MB)',
  'save.progress': 'Saving the {{what}}',
  'save.stop': 'Stop',
  'save.done': 'Saved in the folder {{folder}}: {{count}} files, {{size}}.',
  'save.zipped': '{{count}} files in {{folder}}, {{size}}.',
  'save.moreForms': 'More forms, or one zip…',
  'range.shard': 'Enter a number of at least 1.',

  'merge.title': 'What merging changed',
  'merge.moved': 'Weights moved by {{moved}}',
  'merge.movedAbout': 'Size of the change beside the size of the weights (Frobenius norms), after rounding to bf16:',
  'merge.byLayer': 'Layer by layer',
  'merge.zeroBefore': '∞: the matrix was all zeros before.',
  'merge.largest': 'Largest change of one weight: {{largest}}',
  'merge.exact':
    'Every merged weight is base + adapter rounded to bf16: off by at most {{rounding}} of its last place (0.5 is the nearest).',
  'merge.logits':
    'What that rounding does: on {{rows}} test rows the logits differ by at most {{gap}} (the largest is {{largest}}), and the most likely token is the same at {{same}} of {{positions}} positions.',

  'recipe.export': 'Export recipe',
  'recipe.import': 'Import recipe…',
  'recipe.importName': 'Import a recipe file',
  'recipe.about':
    'The same file runs without a window: fill in its paths, then npm run headless -- recipe.json. Dropping one on the page imports it.',
  'recipe.taken': 'Settings taken from {{name}}.',

  'field.shuffle': 'Shuffle the rows',
  'hint.shuffle': 'A new order in every epoch, drawn from the seed.',

  'error.adapter-load': 'The adapter “{{name}}” could not be used: {{reason}} What was there before stays.',
  'error.adapter-files-missing':
    'An adapter is the two files adapter_config.json and adapter_model.safetensors; “{{name}}” lacks {{files}}. What was there before stays.',
  'error.busy-save': 'A stage is running. Wait until it ends, or stop it, before you save.',
  'error.busy-import': 'Settings are locked while a stage runs. Import the recipe when it has ended.',
  'error.saving': 'A result is being saved. Wait until it is written, or stop it.',
  'error.save-denied':
    '{{file}} was not written: the browser has no permission for this folder ({{reason}}). Choose a folder again; the result is still here.',
  'error.save-full':
    '{{file}} was not written: the disk is full ({{reason}}). Nothing half-written was kept; the result is still here.',
  'error.save-failed': '{{file}} was not written: {{reason}}. Nothing half-written was kept; the result is still here.',
  'error.save-stopped': 'Saving was stopped; nothing of it was kept.',
  'error.job-invalid': '{{file}}: “{{field}}” cannot be used: {{reason}}.',
  'error.merge-not-finite':
    'Merging was refused: {{count}} merged weights of {{tensor}} would not be finite numbers. Base and adapter are as before; train the adapter anew, with a lower learning rate.',
  'error.gguf-architecture':
    'The model cannot be written as GGUF, because llama.cpp cannot load this {{architecture}}: {{reason}}.',
  'error.gguf-tokenizer':
    'The model cannot be written as GGUF, because llama.cpp would read texts as other tokens: {{reason}}. Safetensors and ONNX keep its tokenizer as it is.',
  'error.gguf-overflow':
    'The model cannot be written as {{form}}: {{tensor}} holds weights beyond what F16 can hold (65504). Write it as BF16; nothing half-written was kept.',
  'error.import-invalid': 'The recipe “{{file}}” cannot be used: {{reason}}. The settings are as before.',
} as const;
