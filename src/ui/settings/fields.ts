/** The form as data: which field of the recipe, in which group, how it is entered, and the sentence for its range. */
import type { Station } from '../../store';
import type { MessageKey } from '../i18n/en';

type FieldName = Extract<MessageKey, `field.${string}`> extends `field.${infer Name}` ? Name : never;

type Unit = Extract<MessageKey, `unit.${string}`> extends `unit.${infer Name}` ? Name : never;

type Range = Extract<MessageKey, `range.${string}`> extends `range.${infer Name}` ? Name : never;

export type Control =
  | { readonly kind: 'number'; readonly range: Range }
  | { readonly kind: 'whole'; readonly least: number; readonly most: number }
  /** `texts`: options that are called by another name here than elsewhere. */
  | { readonly kind: 'select'; readonly options: readonly Option[]; readonly texts?: Partial<Record<Option, Option>> }
  | { readonly kind: 'list'; readonly options: readonly string[] }
  | { readonly kind: 'check' }
  | { readonly kind: 'text'; readonly lines: number };

type Option = Extract<MessageKey, `option.${string}`> extends `option.${infer Name}` ? Name : never;

export interface Field {
  /** Path in the recipe. */
  readonly path: string;
  readonly name: FieldName;
  readonly group: GroupKey;
  readonly control: Control;
  /** What a number counts; undefined where it is a plain number. */
  readonly unit?: Unit | undefined;
  /** One of the five that are shown when the page is kept simple. */
  readonly simple: boolean;
}

type GroupKey = 'preset' | 'task' | 'sft' | 'lora' | 'evaluation' | 'order' | 'checkpoints' | 'distill';

export interface Group {
  readonly key: GroupKey;
  /** Where on the page it is set. */
  readonly station: Station;
  readonly fields: readonly Field[];
}

const number = (range: Extract<Control, { kind: 'number' }>['range']): Control => ({ kind: 'number', range });
const whole = (least: number, most: number): Control => ({ kind: 'whole', least, most });
const select = (...options: readonly Option[]): Control => ({ kind: 'select', options });

type Entry = readonly [path: string, name: FieldName, control: Control, unit?: Unit];

function group(key: GroupKey, station: Station, ...entries: readonly Entry[]): Group {
  const fields = entries.map(([path, name, control, unit]) => {
    return { path, name, group: key, control, unit, simple: simplePaths.has(path) };
  });
  return { key, station, fields };
}

/** What a person with rows of their own has to know; everything else has a default that holds for most. */
const simplePaths: ReadonlySet<string> = new Set([
  'systemPrompt',
  'judge',
  'sft.learningRate',
  'sft.epochs',
  'distill.epochs',
]);

const check: Control = { kind: 'check' };

function training(stage: 'sft' | 'distill'): readonly Entry[] {
  return [
    [`${stage}.learningRate`, 'learningRate', number('rate')],
    [`${stage}.epochs`, 'epochs', whole(1, 1000)],
    [`${stage}.batchSize`, 'batchSize', whole(1, 4096), 'rows'],
    [`${stage}.accumulation`, 'accumulation', whole(1, 4096), 'batches'],
    [`${stage}.schedule`, 'schedule', select('cosine', 'linear', 'constant')],
    [`${stage}.warmupSteps`, 'warmupSteps', whole(0, 1_000_000), 'steps'],
    [`${stage}.weightDecay`, 'weightDecay', number('notNegative')],
    [`${stage}.maxGradNorm`, 'maxGradNorm', number('notNegative')],
    [`${stage}.beta1`, 'beta1', number('belowOne')],
    [`${stage}.beta2`, 'beta2', number('belowOne')],
    [`${stage}.epsilon`, 'epsilon', number('positive')],
  ];
}

const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

const preset = group('preset', 'sft', ['preset', 'preset', select('clean', 'seed-exact')]);

/** In the order of the page; the preset, which sets others, is asked for with the recipe as a whole. */
export const groups: readonly Group[] = [
  group(
    'task',
    'data',
    ['systemPrompt', 'systemPrompt', { kind: 'text', lines: 3 }],
    ['judge', 'judge', select('sum', 'sum-lenient', 'exact', 'contains', 'regex')],
    ['judgePattern', 'judgePattern', { kind: 'text', lines: 1 }],
    ['lengths.prompt', 'lengths.prompt', whole(0, 1_000_000), 'tokens'],
    ['lengths.answer', 'lengths.answer', whole(0, 1_000_000), 'tokens'],
    ['lengths.labelPadding', 'labelPadding', check],
  ),
  group('sft', 'sft', ...training('sft')),
  group(
    'lora',
    'sft',
    ['lora.rank', 'rank', whole(1, 256)],
    ['lora.alpha', 'alpha', number('positive')],
    ['lora.dropout', 'dropout', number('belowOne')],
    ['lora.targets', 'targets', { kind: 'list', options: projections }],
  ),
  group(
    'evaluation',
    'sft',
    ['evaluation.everySteps', 'everySteps', whole(0, 1_000_000), 'steps'],
    ['evaluation.sampleRows', 'sampleRows', whole(1, 1_000_000), 'rows'],
    ['evaluation.lossRows', 'lossRows', whole(1, 1_000_000), 'rows'],
    ['evaluation.maxNewTokens', 'maxNewTokens', whole(1, 4096), 'tokens'],
    ['generation.temperature', 'generation.temperature', number('greedyOrTemperature')],
    ['generation.topK', 'topK', whole(0, 1_000_000), 'tokens'],
    ['generation.topP', 'topP', number('rate')],
    ['generation.repetitionPenalty', 'repetitionPenalty', number('positive')],
    ['generation.ownPenalty', 'ownPenalty', check],
  ),
  group(
    'order',
    'sft',
    ['seed', 'seed', whole(0, 0xffffffff)],
    ['shuffle', 'shuffle', check],
    ['sharePrefix', 'sharePrefix', check],
  ),
  group(
    'checkpoints',
    'sft',
    ['checkpoints.everyMinutes', 'checkpointMinutes', number('notNegative'), 'minutes'],
    ['checkpoints.everySteps', 'checkpointSteps', whole(0, 1_000_000), 'steps'],
  ),
  group(
    'distill',
    'distill',
    ['distill.teacher', 'distill.teacher', select('merged', 'loaded')],
    ['distill.divergence', 'divergence', select('forward-kl', 'reverse-kl', 'jsd')],
    ['distill.jsdBeta', 'jsdBeta', number('between')],
    ['distill.temperature', 'temperature', number('temperature')],
    ['distill.divergenceWeight', 'divergenceWeight', number('notNegative')],
    ['distill.crossEntropyWeight', 'crossEntropyWeight', number('notNegative')],
    ...training('distill'),
    [
      'distill.divergenceReduction',
      'divergenceReduction',
      { kind: 'select', options: ['mean', 'sum'], texts: { sum: 'added' } },
    ],
    ['distill.divergenceShift', 'divergenceShift', check],
    ['distill.scaleByTemperature', 'scaleByTemperature', check],
  ),
];

export const allFields: readonly Field[] = [...preset.fields, ...groups.flatMap(({ fields }) => fields)];

/** The one field that sets others. */
export const presetField: Field = preset.fields[0]!;
