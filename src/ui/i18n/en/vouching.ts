/** An exported folder under a second engine, in English. */
export const vouching = {
  'error.onnx-missing':
    'The folder “{{folder}}” has no {{file}}. Export the model as ONNX ({{form}}) first, or choose another form.',
  'error.second-memory':
    'The second engine has not enough memory for this model ({{reason}}). WebAssembly has 4 GB in all: choose the smaller form (fp16 or q4), or close other tabs.',
  'error.second-half':
    'The graphics adapter has no 16-bit arithmetic (shader-f16), which this form needs on WebGPU. Choose the form fp32, or WebAssembly.',
  'error.second-failed':
    'The second engine (onnxruntime-web) stopped: {{reason}}. Try the other backend; if it says the same, the ONNX is damaged or of another kind: export it again.',
  'error.second-crash':
    'The worker of the second engine stopped unexpectedly: {{reason}}. Open the folder again; if it happens again, choose a smaller form.',
  'error.second-stuck':
    'The tokenizer of “{{model}}” did not come back within {{seconds}} seconds, so the second engine was closed: its rules may run without end on such a text. Ask something else, or use another model.',
  'error.second-closed': 'The second engine was closed.',
  'error.second-unavailable': 'There is no second engine of this kind here.',
  'error.vouch-no-rows': 'There are no test rows to ask both engines ({{reason}}). Open test rows first.',
  'error.vouch-memory':
    'The graphics card has not enough memory to compare the exported model with the second engine ({{reason}}). Ask for fewer rows, or close what else uses the card. What was learnt and exported is kept.',
};
