/** The model card of a result, `README.md` as the Hub shows it: written from what is known, and unknown where nothing is. */
import type { CardOf, RunFacts } from '../facts';
import { howMade, rowsUsed } from './made';
import { plain } from './markdown';
import { modelIndex, results } from './results';
import { licenceFields, repositoryOf, roleOf, taught, terms } from './terms';
import { usage } from './usage';
import { frontMatterOf } from './yaml';

export function modelCard(facts: RunFacts, card: CardOf): string {
  const title = titleOf(facts, card);
  const parts = [
    terms(facts, card),
    howMade(facts, card),
    rowsUsed(facts),
    results(facts, card),
    usage(facts, card),
    limits(facts, card),
  ];
  const note = facts.record.note === '' ? [] : [`> ${plain(facts.record.note)}\n`];
  const body = [`# ${plain(title)}\n`, ...note, ...parts.filter((part) => part !== '')];
  return `${frontMatter(facts, card, title)}\n${body.join('\n')}`;
}

function frontMatter(facts: RunFacts, card: CardOf, title: string): string {
  const { artifact, forms } = card;
  const model = facts.record.models[roleOf(artifact)];
  const adapter = artifact.endsWith('-adapter');
  const repository = repositoryOf(model);
  return frontMatterOf({
    ...licenceFields(model?.info.origin, forms.legal),
    // The Hub refuses what is not the name of one of its models.
    ...(repository && { base_model: repository, base_model_relation: adapter ? 'adapter' : 'finetune' }),
    library_name: adapter ? 'peft' : libraryOf(card),
    pipeline_tag: 'text-generation',
    tags: tagsOf(card),
    'model-index': modelIndex(facts, card, title),
  });
}

function libraryOf({ forms: { safetensors, onnx } }: CardOf): string | undefined {
  if (safetensors) return 'transformers';
  return onnx.length > 0 ? 'transformers.js' : undefined;
}

function tagsOf(card: CardOf): readonly string[] {
  const { artifact, forms } = card;
  return [
    ...['distillery', 'lora'],
    ...(taught(card) ? ['distillation'] : ['sft']),
    ...(artifact.endsWith('-adapter') ? [] : ['conversational']),
    ...(forms.onnx.length > 0 ? ['onnx', 'transformers.js'] : []),
    ...(forms.gguf.length > 0 ? ['gguf'] : []),
  ];
}

function titleOf({ record: { models } }: RunFacts, { artifact }: CardOf): string {
  const [teacher, student] = [models.teacher?.info.name ?? 'teacher', models.student?.info.name ?? 'student'];
  switch (artifact) {
    case 'teacher-adapter':
      return `${teacher}: LoRA adapter`;
    case 'teacher-merged':
      return `${teacher}, fine-tuned`;
    case 'student-adapter':
      return `${student}: LoRA adapter, distilled from ${teacher}`;
    case 'student-distilled':
      return `${student}, distilled from ${teacher}`;
    case 'control-adapter':
      return `${student}: LoRA adapter, trained without a teacher`;
    default:
      return artifact satisfies never;
  }
}

function limits({ record }: RunFacts, { artifact, forms }: CardOf): string {
  const n = Math.max(0, ...Object.values(record.measured).map(({ rows }) => rows));
  const stopped = Object.entries(record.stages).filter(
    ([, stage]) => stage && ['stopped', 'failed', 'interrupted'].includes(stage.state),
  );
  const said = [
    'It was trained for one task on the rows above and measured on that task alone. Nothing is known of what it says to other questions.',
    ...(n === 0
      ? []
      : [
          `The accuracies are of one run with one seed on at most ${n} rows: differences inside the intervals mean nothing.`,
        ]),
    'Whatever its base model gets wrong, invents or says against anybody, it may too; nobody has looked for that here.',
    ...stopped.map(
      ([stage, kept]) => `The stage ${stage} did not come to its end (${kept?.state} after ${kept?.steps} steps).`,
    ),
    ...(artifact.endsWith('-adapter')
      ? ['It needs exactly the base model that it was trained on.']
      : ['The weights are in bf16.']),
    // GroupQueryAttention knows how long each sequence is, not where it begins.
    ...(forms.onnx.length > 0
      ? [
          'In ONNX, questions of different lengths are asked one by one: in one batch, the padding before the shorter ones is read as text.',
        ]
      : []),
  ];
  return `## Limits\n\n${said.map((each) => `- ${each}\n`).join('')}`;
}
