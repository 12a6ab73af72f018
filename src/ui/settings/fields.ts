/** The form as data: which field of the recipe, in which group, how it is entered, and the sentence for its range. */
import type { MessageKey } from '../i18n/en';

type FieldName = Extract<MessageKey, `field.${string}`> extends `field.${infer Name}` ? Name : never;

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
  readonly control: Control;
  readonly advanced: boolean;
}

export interface Group {
  readonly key: 'preset' | 'task' | 'sft' | 'distill' | 'lora' | 'evaluation';
  readonly fields: readonly Field[];
}

const number = (range: Extract<Control, { kind: 'number' }>['range']): Control => ({ kind: 'number', range });
const whole = (least: number, most: number): Control => ({ kind: 'whole', least, most });
const select = (...options: readonly Option[]): Control => ({ kind: 'select', options });

function field(path: string, name: FieldName, control: Control): Field {
  return { path, name, control, advanced: false };
}

function advanced(path: string, name: FieldName, control: Control): Field {
  return { path, name, control, advanced: true };
}

function training(stage: 'sft' | 'distill'): { readonly simple: readonly Field[]; readonly further: readonly Field[] } {
  return {
    simple: [
      field(`${stage}.learningRate`, 'learningRate', number('rate')),
      field(`${stage}.epochs`, 'epochs', whole(1, 1000)),
      field(`${stage}.batchSize`, 'batchSize', whole(1, 4096)),
    ],
    further: [
      advanced(`${stage}.accumulation`, 'accumulation', whole(1, 4096)),
      advanced(`${stage}.schedule`, 'schedule', select('cosine', 'linear', 'constant')),
      advanced(`${stage}.warmupSteps`, 'warmupSteps', whole(0, 1_000_000)),
      advanced(`${stage}.weightDecay`, 'weightDecay', number('notNegative')),
      advanced(`${stage}.maxGradNorm`, 'maxGradNorm', number('notNegative')),
      advanced(`${stage}.beta1`, 'beta1', number('belowOne')),
      advanced(`${stage}.beta2`, 'beta2', number('belowOne')),
      advanced(`${stage}.epsilon`, 'epsilon', number('positive')),
    ],
  };
}

const sft = training('sft');
const distill = training('distill');

export const groups: readonly Group[] = [
  { key: 'preset', fields: [field('preset', 'preset', select('clean', 'seed-exact'))] },
  { key: 'sft', fields: [...sft.simple, ...sft.further] },
  {
    key: 'distill',
    fields: [
      ...distill.simple,
      field('distill.teacher', 'distill.teacher', select('merged', 'loaded')),
      field('distill.divergence', 'divergence', select('forward-kl', 'reverse-kl', 'jsd')),
      field('distill.temperature', 'temperature', number('temperature')),
      field('distill.divergenceWeight', 'divergenceWeight', number('notNegative')),
      field('distill.crossEntropyWeight', 'crossEntropyWeight', number('notNegative')),
      ...distill.further,
      advanced('distill.jsdBeta', 'jsdBeta', number('between')),
      advanced('distill.divergenceReduction', 'divergenceReduction', {
        kind: 'select',
        options: ['mean', 'sum'],
        texts: { sum: 'added' },
      }),
      advanced('distill.divergenceShift', 'divergenceShift', { kind: 'check' }),
      advanced('distill.scaleByTemperature', 'scaleByTemperature', { kind: 'check' }),
    ],
  },
  {
    key: 'lora',
    fields: [
      field('lora.rank', 'rank', whole(1, 256)),
      field('lora.alpha', 'alpha', number('positive')),
      field('lora.dropout', 'dropout', number('belowOne')),
      advanced('lora.targets', 'targets', {
        kind: 'list',
        options: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
      }),
    ],
  },
  {
    key: 'evaluation',
    fields: [
      field('evaluation.everySteps', 'everySteps', whole(0, 1_000_000)),
      field('evaluation.sampleRows', 'sampleRows', whole(1, 1_000_000)),
      advanced('evaluation.lossRows', 'lossRows', whole(1, 1_000_000)),
      field('judge', 'judge', select('sum', 'sum-lenient', 'exact', 'contains', 'regex')),
      field('judgePattern', 'judgePattern', { kind: 'text', lines: 1 }),
      advanced('evaluation.maxNewTokens', 'maxNewTokens', whole(1, 4096)),
      advanced('generation.temperature', 'generation.temperature', number('greedyOrTemperature')),
      advanced('generation.topK', 'topK', whole(0, 1_000_000)),
      advanced('generation.topP', 'topP', number('rate')),
      advanced('generation.repetitionPenalty', 'repetitionPenalty', number('positive')),
      advanced('generation.ownPenalty', 'ownPenalty', { kind: 'check' }),
    ],
  },
  {
    key: 'task',
    fields: [
      field('systemPrompt', 'systemPrompt', { kind: 'text', lines: 3 }),
      field('seed', 'seed', whole(0, 0xffffffff)),
      advanced('shuffle', 'shuffle', { kind: 'check' }),
      advanced('sharePrefix', 'sharePrefix', { kind: 'check' }),
      advanced('lengths.prompt', 'lengths.prompt', whole(0, 1_000_000)),
      advanced('lengths.answer', 'lengths.answer', whole(0, 1_000_000)),
      advanced('lengths.labelPadding', 'labelPadding', { kind: 'check' }),
    ],
  },
];

export const allFields: readonly Field[] = groups.flatMap((group) => group.fields);
