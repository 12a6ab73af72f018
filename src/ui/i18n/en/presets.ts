/** The rules of the presets, in English. */
export const presets = {
  'settings.preset': 'Rules',
  'field.preset': 'Preset',
  'hint.preset':
    'Clean: the studio’s own. Seed-exact: the published run, quirks included, for comparison. Sets the values below; each can still be changed.',
  'option.clean': 'Clean',
  'option.seed-exact': 'Seed-exact',
  'preset.changed': 'changed below',
  'preset.lengths.clean': 'Rows are never cut; rows that do not fit are reported.',
  'preset.lengths.seed-exact':
    'Prompts are cut at 30 tokens and answers at 20: longer ones lose their end (of the published rows, 1,710 of 2,700 lose the line break after “assistant”).',
  'preset.padding.clean': 'Padding is never learnt, and never computed.',
  'preset.padding.seed-exact': 'Answers are filled up to 20 tokens, and the padding is learnt like the answer.',
  'preset.shift.clean': 'The divergence counts where a token is predicted, like the cross-entropy.',
  'preset.shift.seed-exact':
    'The divergence counts one position late: never for the first token of the answer, but after its end.',
  'preset.sum.clean': 'Divergence and cross-entropy are both means over the tokens of a step; the divergence times T².',
  'preset.sum.seed-exact':
    'The divergence is added up over all positions beside a mean cross-entropy, without the factor T².',
  'preset.sampling.clean': 'Answers are greedy: the same model always gives the same answer.',
  'preset.sampling.seed-exact':
    'Answers are sampled with the seed (temperature 0.7, top-p 0.8, top-k 20, each model’s own repetition penalty): accuracies vary with the seed.',
  'preset.prefix.clean': 'What all prompts begin with is computed once per batch.',
  'preset.prefix.seed-exact': 'Every row is computed whole, so that each has its own dropout mask; this takes longer.',
  'field.distill.teacher': 'Who teaches',
  'hint.distill.teacher':
    'As loaded: a model that was fine-tuned and merged before; “Run all” then leaves out SFT and Merge.',
  'option.merged': 'Teacher, merged',
  'option.loaded': 'Teacher, as loaded',
  'field.ownPenalty': 'Repetition penalty of each model',
  'hint.ownPenalty':
    'Takes the one in the model’s generation_config.json instead of the value above, where it states one (Qwen2.5: 0.5B 1.1, 3B 1.05).',
};
