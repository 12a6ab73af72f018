/** What went wrong, and where, in English. */
export const errors = {
  'error.busy': 'A stage is already running. Wait until it ends, or stop it, then start the next one.',
  'error.busy-load': 'A stage is running. Wait until it ends, or stop it, before you load other rows or models.',
  'error.not-ready': 'This stage cannot start yet; its card says what it needs.',
  'error.stopped-early': 'Stopped before the first step: nothing was learnt, and nothing else has changed.',
  'error.not-finite':
    'The loss or the gradient of step {{step}} is not a finite number (rows on lines {{lines}}). The run has stopped; that step was not applied, and what was learnt before it is kept. Lower the learning rate, or look at these rows.',
  'error.no-webgpu': 'This browser does not offer WebGPU.',
  'error.old-webgpu': 'This browser’s WebGPU is too old for the kernels.',
  'error.no-adapter': 'WebGPU offered no graphics adapter.',
  'error.lost-again':
    'The engine was lost twice within two minutes, so it is not opened again by itself: browsers take the graphics card from a page that goes on trying. What was kept stays. Close what else uses the card, wait a little, and restart the engine.',
  'error.not-recovered':
    'The engine could not be opened again. What was kept stays. A browser that has taken the card away twice gives it back after about two minutes: restart the engine then, or load the page again.',
  'error.opened-again':
    'The engine was lost while the stage was being stopped, and has been opened again. The stage can go on from what was kept.',
  'error.recovered': 'The engine was lost and has been opened again: the stage goes on from what was kept.',
  'recovery.waiting': '{{stage}} was interrupted. In a moment the engine is opened again, and it goes on…',
  'recovery.opening': 'Opening the engine again and loading models and rows…',
  'recovery.going-on': '{{stage}} goes on…',
  'error.device-lost':
    'The graphics card was lost: {{reason}}. When the engine is restarted, models and rows are loaded again.',
  'error.worker-crash':
    'The engine stopped unexpectedly ({{reason}}). When it is restarted, models and rows are loaded again, and a training can go on from its last checkpoint.',
  'error.internal': 'Something went wrong inside the engine: {{message}}',
  'error.model-load': 'The model “{{name}}” could not be loaded: {{reason}} The model before it stays.',
  'error.data-load': 'The rows of “{{name}}” could not be loaded: {{reason}} The rows before them stay.',
  'error.model-close': 'The model could not be closed: {{reason}}',
  'error.model-reload':
    'The model “{{name}}” could not be loaded again: {{reason}} There is none in its place: open it once more.',
  'error.data-reload':
    'The rows of “{{name}}” could not be loaded again: {{reason}} There are none in their place: open them once more.',
  'error.data-no-rows': '“{{name}}” has no usable row, so the rows before it stay.',
  'error.recipe-invalid': 'The setting {{field}} cannot be used: {{reason}}.',
  'error.file-unreadable': '“{{name}}” cannot be read. If it is a folder, open it and choose the .jsonl file inside.',
  'error.drop-nothing': 'Nothing that can be read was dropped. Drop files with rows: JSONL, JSON or CSV.',
  'error.drop-folder': '“{{name}}” is a folder. Drop the files with the rows themselves; the rows before stay.',
  'error.drop-picture': '“{{name}}” is a picture. Drop files with rows: JSONL, JSON or CSV; the rows before stay.',
  'error.drop-not-text':
    '“{{name}}” is not a text file. Drop JSONL, JSON or CSV (save a spreadsheet as CSV first); the rows before stay.',
  'error.drop-empty': '“{{name}}” is empty. The rows before stay.',

  'error.unknown-architecture':
    'This model is a “{{found}}”; the studio can train {{known}} so far. The model before it stays.',
  'error.config-invalid': 'config.json cannot be used because of “{{field}}”: {{reason}}. The model before it stays.',
  'error.safetensors-invalid':
    '{{file}} is damaged or incomplete: {{reason}}. Fetch the file again; the model before it stays.',
  'error.files-missing': 'The folder of the model “{{model}}” lacks {{files}}. The model before it stays.',
  'error.fetch-failed': '{{file}} could not be fetched ({{reason}}).',
  'error.file-too-large': '“{{file}}” has {{megabytes}} MB, and such a file may have {{most}} MB at most.',
  'error.hub-too-large': '{{endpoint}} sends more than {{megabytes}} MB as {{file}}: is this the address of a Hub?',
  'error.file-not-json': '{{file}} of the model “{{model}}” is not valid JSON: {{reason}}.',
  'error.index-invalid': '{{file}} of the model “{{model}}” cannot be used: {{reason}}.',
  'error.dtype-unsupported': '{{file}} holds weights as {{dtype}}, which the studio cannot read.',
  'error.tensor-missing':
    'The model “{{model}}” lacks {{missing}} tensors that its config promises, first “{{tensor}}”.',
  'error.tensor-unused':
    '{{file}} holds the tensor “{{tensor}}”, which its config does not ask for: without it the model would answer otherwise. Check that config and weights belong together.',
  'error.tensor-shape': 'In {{file}} the tensor “{{tensor}}” has shape {{found}}; its config promises {{expected}}.',
  'error.file-changed': '{{file}} has changed since it was opened. Open the model again.',
  'error.onnx-head-size':
    'The model’s heads have {{headDim}} values each; the attention of onnxruntime takes multiples of {{step}}, so this model cannot be written as ONNX.',
  'error.onnx-tensor-too-large':
    '“{{tensor}}” takes {{gigabytes}} GB in this form, and onnxruntime-web loads no file above 2.1 GB. Write the model as fp16.',
  'error.onnx-half-range': '“{{tensor}}” holds {{value}}, and fp16 ends at 65504. Write the model as fp32.',
  'error.no-chat-template':
    'The tokenizer has no chat template, so the rows cannot be put into the form the model knows.',
  'error.tokenizer-stuck':
    'The tokenizer of the model “{{model}}” did not come back within {{seconds}} seconds, so the engine was stopped: its rules may run without end on such a text. Restart the engine; this model is then left out. Use another one, or other rows.',
  'error.tokenizer-invalid': 'The tokenizer cannot be used: {{reason}}.',
  'error.out-of-memory':
    'The graphics card has not enough memory for “{{model}}” ({{reason}}). Close other programs or choose a smaller model.',
  'error.tokenizer-too-large':
    'The tokenizer of “{{model}}” has {{tokens}} tokens, but the model knows {{vocabulary}}: the files do not belong together.',
  'error.tokenizers-differ':
    'The tokenizers of teacher and student differ: token {{id}} is {{teacher}} for the teacher and {{student}} for the student. Distillation compares them token by token: choose two models of one family.',
  'error.rows-differ':
    'Teacher and student read line {{line}} as other tokens although their vocabularies are the same: their chat templates or merges differ. Distillation compares them token by token.',
  'error.hub-endpoint': '“{{endpoint}}” is not the address of a Hub. It looks like https://huggingface.co.',
  'error.hub-name':
    '“{{name}}” does not name a model. Enter owner/name, for example Qwen/Qwen2.5-0.5B-Instruct, or the address of its page.',
  'error.hub-revision': '“{{revision}}” cannot be a revision: it is the name of a branch, a tag or a commit.',
  'error.hub-token': 'The token holds characters that no token has. Copy it again.',
  'error.hub-token-insecure':
    'A token is not sent to {{endpoint}}: on the way it could be read by others. Use an https address.',
  'error.hub-too-many':
    '{{endpoint}} asks for patience (429). Wait some minutes, then try again; what has come is kept.',
  'error.hub-server': '{{endpoint}} has trouble: it answered {{status}}. Try again later; what has come is kept.',
  'error.hub-no-revision': '{{name}} has no revision {{revision}} at {{endpoint}}. Check its name on {{page}}.',
  'error.hub-token-refused':
    '{{endpoint}} does not accept the token for {{name}}: it may be mistyped or expired. Make a new one in the settings of your account there.',
  'error.hub-no-model-or-gated':
    '{{endpoint}} shows no model {{name}} without a token. Check the name; if it is gated, accept its licence at {{page}} and enter a token of that account.',
  'error.hub-not-found':
    'There is no model {{name}} with a revision {{revision}} at {{endpoint}}. Check name and revision.',
  'error.hub-no-file': '{{name}} has no {{file}} in {{revision}} at {{endpoint}}.',
  'error.hub-gated': '{{name}} is gated: accept its licence at {{page}}, then enter a token of that account here.',
  'error.hub-forbidden':
    'The token may not read {{name}}: accept the licence at {{page}} with the same account, and let the token read gated models.',
  'error.hub-answer': '{{endpoint}} answered {{status}}, which the studio does not understand.',
  'error.hub-unreachable':
    '{{endpoint}} could not be reached ({{reason}}). Check the network and the address; in some regions only a mirror can be reached.',
  'error.hub-cut-off':
    'The connection to {{endpoint}} broke while {{file}} was coming, several times. What has come is kept: continue when the network is back.',
  'error.hub-file-damaged':
    'What came as {{file}} is not what the Hub lists: size or checksum differ. It was thrown away; download it again.',
  'error.hub-not-json': '{{endpoint}} sent {{file}} as something else than JSON. Is this the address of a Hub?',
  'error.hub-listing': '{{endpoint}} does not describe the model as a Hub does ({{reason}}).',
  'error.hub-files-missing': 'The model {{name}} lacks {{files}}, which the studio needs. Nothing was downloaded.',
  'error.hub-no-safetensors':
    'The model {{name}} has no safetensors weights (there is: {{found}}); other formats are not read. Nothing was downloaded.',
  'error.hub-busy': 'A model is already being downloaded. Wait until it is there, or cancel it.',
  'error.hub-cancelled': 'The download was cancelled. What has come is kept.',
  'error.hub-downloading': 'This model is just being downloaded. Cancel the download before you delete it.',
  'error.hub-quota':
    'The browser has no room for the {{missing}} that are still missing of {{name}}. Free space on the disk, or delete stored models: {{stored}}. What has come is kept.',
  'error.stored-missing': 'The model {{key}} is no longer in the browser’s storage. Download it again.',
  'error.stored-busy':
    '{{name}} is being used by another tab or another download. Close it, or wait until it has ended.',
  'error.wish-not-kept':
    'The choice cannot be kept until the page is loaded again: the browser gives this page no storage of its own. Leave the private window, or allow site data.',
  'error.no-storage':
    'The browser gives this page no storage of its own ({{reason}}): in a private window, or when site data is blocked, models cannot be kept. Open a folder instead.',
  'error.drop-which': 'Drop the folder on the teacher or on the student, so that it is clear which is meant.',
  'error.folder-no-model':
    'There is no config.json in “{{name}}” or below it. Choose the folder of a Hugging Face model; the model before it stays.',
  'error.folder-too-large': '“{{name}}” holds too much to look through. Choose the model’s own folder.',
  'error.folder-unreadable': 'The folder cannot be read: {{reason}} The model before it stays.',
  'error.still-loading': 'A model or a file is still being loaded. Start the stage when it is there.',
  'error.self-testing':
    'The self-test of the kernels is running. Start the stage when it is done, or stop it under Diagnostics.',
  'error.busy-self-test':
    'A stage is running. Wait until it ends, or stop it, then start the self-test: it needs the card for itself.',
  'error.measuring': 'The matmul kernels are still being measured. Start the stage when that is done.',
  'error.not-computed': 'The graphics card did not compute step {{step}}. What was learnt before is kept.',
  'error.not-evaluated': 'The graphics card did not compute the loss of the test rows.',
  'error.gpu-memory':
    'The graphics card ran out of memory ({{reason}}). What was learnt before is kept. Ask for less at once, or close other programs.',
  'error.adapter-unsupported':
    'The adapter cannot be used: its “{{field}}” is {{found}}, and the studio computes only {{known}}.',
  'error.adapter-invalid': 'adapter_config.json cannot be used because of “{{field}}”: {{reason}}.',
  'error.adapter-mismatch': 'The adapter does not fit the model: {{tensor}}: {{reason}}.',
  'error.nothing-to-save': 'There is no {{artifact}} yet: run its stage first.',
  'error.checkpoint-invalid':
    'The checkpoint “{{file}}” cannot be used: {{reason}}. Choose another checkpoint, or start the stage anew.',
  'error.checkpoint-none':
    'There is no checkpoint to go on from: it was deleted, or the run had not come to one. Start the stage anew.',
  'error.checkpoint-stage':
    'The checkpoint cannot go on here: it is of another stage. Open it at its own stage, or start this one anew.',
  'error.checkpoint-model':
    'The checkpoint cannot go on here: the model that it trains has other weights. Load the model that it was made with, or start the stage anew.',
  'error.checkpoint-teacher':
    'The checkpoint cannot go on here: the teacher, or the adapter that is merged into it, has other weights. Load and merge what it was made with, or start the stage anew.',
  'error.checkpoint-rows':
    'The checkpoint cannot go on here: it was made with {{before}} training rows, and the {{now}} that are there are not the same. Load the rows that it was made with, or start the stage anew.',
  'error.checkpoint-elsewhere':
    'The checkpoint was written on another graphics card or by another version. The training goes on as it was, but rounds in another way: its last bits may differ.',
  'error.checkpoint-full':
    'There is no room for the checkpoint of step {{step}}; the one before it is kept, and training goes on. Delete what is not needed any more.',
  'error.checkpoint-failed':
    'The checkpoint of step {{step}} could not be written ({{reason}}); the one before it is kept, and training goes on.',
  'error.loss-exploded':
    'The loss of step {{step}} is {{loss}}, and {{usual}} was usual before it (rows on lines {{lines}}). Training goes on, and no checkpoint is written until it is as before: stop, and go on from the last one at a lower rate.',
  'error.answers-collapsed':
    'At step {{step}}, {{correct}} of {{rows}} answers are right, and {{best}} of {{bestRows}} were before. Training goes on, and no checkpoint is written until it is as before: stop, and go on from the last one at a lower rate.',
  'error.training-memory':
    'The graphics card has not enough memory to train with these settings ({{reason}}). Choose a smaller batch size (and more accumulation), or leave out the longest rows. What was learnt before is kept.',
  'error.merge-memory':
    'The graphics card has not enough memory for the merged weights beside the base ({{reason}}). Close what else uses the card and merge again: the adapter is kept.',
  'error.evaluation-memory':
    'The graphics card has not enough memory to measure the test loss ({{reason}}). Leave out the longest test rows, or close what else uses the card. What was learnt is kept.',
  'error.generation-memory':
    'The graphics card has not enough memory to generate answers ({{reason}}). Lower the most new tokens, or close what else uses the card. What was learnt is kept.',
  'error.gpu-failed':
    'The graphics card refused a command ({{reason}}). The run was ended; what was learnt before is kept.',
  'error.replanned': 'The memory plan was given up: a stage was started, or the settings changed.',
  'error.no-rows': 'No training row fits the model, so there is nothing to learn from.',
  'error.nothing-to-divide':
    'All training rows have the same question, so none can be kept apart for testing. Open a file with test rows.',
  'error.recounted': 'The count was given up: a stage was started, or the rows changed.',
  'error.no-such-row': 'Line {{line}} is no longer among the rows.',
  'error.no-model': 'There is no {{role}} model. Open one first.',
  'error.not-merged':
    'Distillation needs the merged teacher: run Merge first, or set “Who teaches” to the teacher as loaded.',
  'error.no-adapter-yet': 'There is no trained adapter to merge: run SFT first.',
  'error.pattern-invalid': 'The judge’s pattern “{{pattern}}” cannot be used: {{reason}}.',

  'problem.file-empty': 'The file has no rows: it is empty, or has only blank lines or the names of columns.',
  'problem.judge-refuses':
    'The judge “{{judge}}” refuses {{refused}} of the {{rows}} expected answers themselves: no model can be right on these rows. Choose another judge, or look at the rows.',
  'problem.csv-quotes':
    'Quotation marks do not match: text with a comma, a quotation mark or a line break stands in quotation marks, and one inside it is written twice.',
  'problem.rows-too-many':
    'The file has more than {{most}} rows. The first of them were read; divide it, or draw from it.',
  'problem.problems-more': '{{count}} more lines could not be used either; the first {{named}} are named.',
  'problem.csv-too-large':
    'The table has {{megabytes}} million characters; it may have {{most}} million at most. Divide it, or save it as JSONL.',
  'problem.csv-columns': 'The line names {{columns}} columns; a table may have {{most}}.',
  'problem.csv-fields':
    '{{fields}} fields, but the first line has {{names}}: text with a comma stands in quotation marks.',
  'problem.file-is-array':
    'The file is one JSON array, not one object per line. Its {{items}} items were read; line numbers count items.',
  'problem.array-broken': 'The file begins as a JSON array but is not valid JSON: {{reason}}.',
  'problem.file-binary': 'The file is {{kind}}, not text with rows.',
  'problem.file-not-utf8': 'The file is not UTF-8 text (perhaps GBK). Save it as UTF-8 and open it again.',
  'problem.line-too-long': 'The line is {{characters}} characters long; at most {{most}} are read.',
  'problem.line-not-json': 'Not JSON: {{reason}}',
  'problem.line-not-utf8': 'Bytes that are not UTF-8 text.',
  'problem.row-not-object': 'Not a JSON object but $t(kind.{{found}}).',
  'problem.empty-answer': 'The answer is empty: there is nothing to learn from it.',
  'problem.empty-question': 'The question is empty.',
  'problem.field-missing': 'Field “{{field}}” is missing (found: {{found}}).',
  'problem.field-type': 'Field “{{field}}” must be $t(kind.{{expected}}), but it is $t(kind.{{found}}).',
  'problem.unknown-role': '“{{field}}” must be system, user or assistant, but it is {{found}}.',
  'problem.system-not-first': '“{{field}}” is a system message, but not the first one.',
  'problem.no-final-answer':
    'The last message is not an answer of the assistant, so there is nothing to learn from it.',
  'problem.no-user-message': 'There is no message of the user.',
  'kind.null': 'null',
  'kind.list': 'a list',
  'kind.object': 'an object',
  'kind.message': 'an object with role and content',
  'kind.text': 'text',
  'kind.number': 'a number',
  'kind.boolean': 'true or false',
  'problem.row-far-too-long':
    'A text of {{characters}} characters, far more than the model’s context of {{maxTokens}} tokens.',
  'problem.row-too-long': '{{tokens}} tokens, more than the model’s context of {{maxTokens}}.',
} as const;
