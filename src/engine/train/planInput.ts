/** What a plan is made from, gathered from what is loaded and trained. */
import type { TokenRow } from '../data/examples';
import { bindingLimit } from '../gpu/arena';
import { adapterFor, type LoadedModel } from '../model/loaded';
import type { Role, Split, Stage } from '../studio';
import { StudioError } from '../studioError';
import type { StageContext } from './context';
import type { PlanInput, PlannedModel } from './plan';
import { sharedRows } from './sharedRows';

type Loaded = Pick<StageContext, 'gpu' | 'recipe' | 'teacher' | 'student' | 'rows'>;

const both: readonly Role[] = ['teacher', 'student'];

/** Whose rows a stage reads: others are not tokenised for its plan. */
const readers: Readonly<Record<Stage, Readonly<Record<Split, readonly Role[]>>>> = {
  baseline: { train: [], test: both },
  sft: { train: ['teacher'], test: ['teacher'] },
  merge: { train: [], test: ['teacher'] },
  distill: { train: both, test: ['student'] },
  evaluate: { train: [], test: both },
  control: { train: ['student'], test: ['student'] },
};

/** For one stage, or for all. Tokenises what is not tokenised yet; undefined when stopped on the way. */
export async function planInput(context: Loaded, stage?: Stage): Promise<PlanInput | undefined> {
  const { gpu, recipe, teacher, student } = context;
  const models: Partial<Record<Role, PlannedModel>> = {};
  for (const [role, loaded] of [
    ['teacher', teacher],
    ['student', student],
  ] as const) {
    if (!loaded) continue;
    const read = (split: Split) =>
      !stage || readers[stage][split].includes(role) ? context.rows(loaded, split) : ([] as const);
    const train = await read('train');
    const test = train && (await read('test'));
    if (!train || !test) return undefined;
    models[role] = { config: loaded.base.config, train, test };
  }
  const shared = teacher && student && (!stage || stage === 'distill') ? await common(context, student) : [];
  if (!shared) return undefined;
  const sft = teacher?.adapters.get('sft')?.value.settings;
  const kept = {
    initial: { teacher: teacher?.initial?.value.settings, student: student?.initial?.value.settings },
    sft,
    merged: teacher?.merged && adapterFor(teacher, 'sft')?.value.settings,
    distill: student?.adapters.get('distill')?.value.settings,
    control: student?.adapters.get('control')?.value.settings,
  };
  return { limit: bindingLimit(gpu.device), recipe, models, shared, kept };
}

/** Without rows that both models read alike there is no distillation to plan; the stage itself says why. */
async function common(context: Loaded, student: LoadedModel): Promise<readonly TokenRow[] | undefined> {
  try {
    return await sharedRows(context, student);
  } catch (error) {
    if (error instanceof StudioError && /^(tokenizers|rows)-differ$/.test(error.code)) return [];
    throw error;
  }
}
