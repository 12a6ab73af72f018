/** What every field of the document means, and in which unit it is given: the texts of the published JSON schema. */

interface FieldText {
  readonly about: string;
  readonly unit?: string;
}

const training: Readonly<Record<string, FieldText>> = {
  learningRate: { about: 'The largest learning rate, reached after the warm-up.' },
  schedule: { about: 'How the learning rate falls after the warm-up.' },
  warmupSteps: { about: 'Steps in which the learning rate rises from 0.', unit: 'optimizer steps' },
  batchSize: { about: 'Rows computed at once. A step has batchSize times accumulation rows.', unit: 'rows' },
  accumulation: { about: 'Micro-batches whose gradients make one optimizer step.', unit: 'micro-batches' },
  epochs: { about: 'Times through all training rows.', unit: 'epochs' },
  weightDecay: { about: 'Decoupled weight decay of AdamW, on A and B.' },
  maxGradNorm: { about: 'Longer gradients are shortened to this norm; 0 switches that off.' },
  beta1: { about: 'Adam’s decay of the mean gradient.' },
  beta2: { about: 'Adam’s decay of the mean squared gradient.' },
  epsilon: { about: 'Adam’s term that keeps the division finite.' },
};

const under = (group: string, texts: Readonly<Record<string, FieldText>>): [string, FieldText][] =>
  Object.entries(texts).map(([field, text]) => [`recipe.${group}.${field}`, text]);

/** By path in the document. */
export const documentText: ReadonlyMap<string, FieldText> = new Map<string, FieldText>([
  ['$schema', { about: 'Where this schema is, for editors.' }],
  ['version', { about: 'Version of this form.' }],
  ['teacher', { about: 'Hugging Face folder of the teacher: a path, relative to this file.' }],
  ['student', { about: 'Hugging Face folder of the student: a path, relative to this file.' }],
  ['teacherAdapter', { about: 'Path of the PEFT adapter that SFT of the teacher starts from.' }],
  [
    'studentAdapter',
    { about: 'Path of the PEFT adapter that distillation and control run of the student start from.' },
  ],
  ['train', { about: 'Path of the training rows, JSONL.' }],
  ['test', { about: 'Path of the test rows, JSONL.' }],
  ['output', { about: 'Path of the folder for the results; made when missing, else it must be empty.' }],
  ['stages', { about: 'Which stages run, in this order.' }],
  ['limits', { about: 'How many rows are used at most: the first that can be.' }],
  ['limits.train', { about: 'Training rows used at most; all when left out.', unit: 'rows' }],
  ['limits.test', { about: 'Test rows used at most; all when left out.', unit: 'rows' }],
  ['shardMegabytes', { about: 'Largest file of a saved model.', unit: 'megabytes of 1,000,000 bytes' }],
  ['forms', { about: 'Forms of a saved model beside safetensors: ONNX for transformers.js, GGUF for llama.cpp.' }],
  [
    'vouchRows',
    {
      about: 'Test rows on which ONNX Runtime is compared with our kernels after an ONNX was written; 0: none.',
      unit: 'rows',
    },
  ],
  [
    'recipe',
    { about: 'How models are trained and measured. What is left out has the value of its preset, else its default.' },
  ],
  [
    'recipe.preset',
    {
      about:
        'The rules of lengths, loss and generation: clean, or seed-exact as published. Sets what is left out below.',
    },
  ],
  ['recipe.seed', { about: 'Seed of everything random. The same seed on the same card gives the same numbers.' }],
  ['recipe.shuffle', { about: 'Training rows in an order drawn from the seed; false: as they stand in the file.' }],
  ['recipe.systemPrompt', { about: 'Put before every question, in training and in testing.' }],
  ['recipe.judge', { about: 'How an answer is marked right or wrong.' }],
  ['recipe.judgePattern', { about: 'Regular expression that a right answer matches; for the judge "regex" only.' }],
  [
    'recipe.lengths',
    { about: 'How long rows are in training and in the test loss. Questions that are asked are never cut.' },
  ],
  ['recipe.lengths.prompt', { about: 'Every prompt is cut and filled up to it; 0: as long as it is.', unit: 'tokens' }],
  ['recipe.lengths.answer', { about: 'Every answer is cut and filled up to it; 0: as long as it is.', unit: 'tokens' }],
  [
    'recipe.lengths.labelPadding',
    { about: 'Whether the filling behind an answer is learnt like the answer; without lengths.answer there is none.' },
  ],
  ['recipe.sharePrefix', { about: 'Computes what all prompts begin with once, with one dropout mask for all rows.' }],
  [
    'recipe.lora',
    { about: 'The low-rank adapter. An adapter that training starts from has its own rank, alpha and targets.' },
  ],
  ['recipe.lora.rank', { about: 'Rank of the adapter.' }],
  ['recipe.lora.alpha', { about: 'The adapter is scaled by alpha / rank.' }],
  ['recipe.lora.dropout', { about: 'Share of the adapter’s inputs left out at random in training.' }],
  ['recipe.lora.targets', { about: 'Projections that get an adapter.' }],
  ['recipe.sft', { about: 'Supervised fine-tuning of the teacher.' }],
  ...under('sft', training),
  ['recipe.distill', { about: 'Distillation into the student; the control run takes these settings too.' }],
  ...under('distill', {
    ...training,
    teacher: { about: 'Who teaches: the teacher after SFT and merging, or as it was loaded, without either.' },
    divergence: { about: 'How the student’s distribution is compared with the teacher’s.' },
    jsdBeta: { about: 'Weight of the teacher in the mixture of the Jensen-Shannon divergence.' },
    temperature: { about: 'Both logits are divided by it before the softmax of the divergence.' },
    crossEntropyWeight: { about: 'Weight of the cross-entropy on the rows.' },
    divergenceWeight: { about: 'Weight of the divergence from the teacher. Not both weights may be 0.' },
    divergenceReduction: { about: 'Whether the divergences of a step are averaged or added up.' },
    divergenceShift: { about: 'False: the divergence counts where a label stands, not where it is predicted.' },
    scaleByTemperature: { about: 'Multiplies the divergence by temperature², so that its gradient keeps its size.' },
  }),
  ['recipe.evaluation', { about: 'What is measured on the test rows, and when.' }],
  [
    'recipe.evaluation.everySteps',
    { about: 'Steps between evaluations; 0: only at the end.', unit: 'optimizer steps' },
  ],
  ['recipe.evaluation.sampleRows', { about: 'Test rows asked on the way; all of them at the end.', unit: 'rows' }],
  [
    'recipe.evaluation.lossRows',
    { about: 'Test rows whose loss is measured on the way; all at the end.', unit: 'rows' },
  ],
  ['recipe.evaluation.maxNewTokens', { about: 'Longest answer.', unit: 'tokens' }],
  ['recipe.checkpoints', { about: 'When a training is kept, so that it can go on after whatever ends it.' }],
  [
    'recipe.checkpoints.everySteps',
    { about: 'Steps between checkpoints; 0: only at pauses, stops and the ends of epochs.', unit: 'optimizer steps' },
  ],
  ['recipe.checkpoints.everyMinutes', { about: 'Time between checkpoints; 0: not by the clock.', unit: 'minutes' }],
  ['recipe.generation', { about: 'How answers are drawn: greedily, or by sampling with the seed.' }],
  ['recipe.generation.temperature', { about: '0 is greedy; else from 0.01 to 100.' }],
  ['recipe.generation.topK', { about: 'Draws from the k most likely tokens; 0: off.', unit: 'tokens' }],
  ['recipe.generation.topP', { about: 'Draws from the most likely tokens of this share together; 1: off.' }],
  ['recipe.generation.repetitionPenalty', { about: 'Above 1 avoids tokens that came before; 1: off.' }],
  [
    'recipe.generation.ownPenalty',
    { about: 'Takes the repetition penalty of each model’s generation_config.json instead, where it states one.' },
  ],
]);
