/** How a result was made: its stages with their settings, the recipe as it ran, and what is known of the rows. */
import { type TrainingStage, trainingStages } from '../../runs/seriesData';
import { recipeAsRun } from '../../runs/wholeRun';
import type { Recipe } from '../../train/recipe';
import type { CardOf, RunFacts } from '../facts';
import { stageLog } from '../stageLog';
import { json } from '../text';
import { code, fenced, plain, table } from './markdown';
import { taught } from './terms';

export function howMade(facts: RunFacts, card: CardOf): string {
  const recipe = recipeAsRun(facts.record);
  const { gpu } = facts.record;
  const on = gpu ? ` on ${plain([gpu.vendor, gpu.architecture, gpu.description].filter(Boolean).join(' '))}` : '';
  return `## How it was made

In Distillery ${plain(facts.record.software)}${on}:

${sentences(facts, card, recipe)
  .map((said) => `1. ${said}`)
  .join('\n')}

${stageTable(facts, card)}
The settings of all stages, as ${code('recipe.json')} has them for ${code('npm run headless')}:

${fenced('json', json(recipe))}`;
}

/** The training stages that the result rests on. */
function stagesOf(card: CardOf): readonly TrainingStage[] {
  if (card.artifact === 'control-adapter') return ['control'];
  return taught(card) ? ['sft', 'distill'] : ['sft'];
}

function sentences(facts: RunFacts, card: CardOf, recipe: Recipe): readonly string[] {
  const { record } = facts;
  const [teacher, student] = (['teacher', 'student'] as const).map((role) =>
    plain(record.models[role]?.info.name ?? role),
  );
  const { lora, distill } = recipe;
  const shape = `rank ${lora.rank}, alpha ${lora.alpha}, dropout ${lora.dropout}, on ${lora.targets.join(', ')}`;
  const from = (role: 'teacher' | 'student') => {
    const adapter = record.models[role]?.adapter;
    return adapter ? `, which began as the adapter ${code(adapter.name)}` : '';
  };
  const sft = `SFT: a LoRA adapter of ${teacher} (${shape}${from('teacher')}) learnt the answers of the training rows.`;
  const merge = `Merge: the adapter was added to the weights of ${teacher}, which were rounded once to bf16.`;
  const control = `SFT: a LoRA adapter of ${student} (${shape}${from('student')}) learnt the answers of the training rows, without a teacher.`;
  if (card.artifact === 'control-adapter') return [control];
  if (!taught(card)) return card.artifact === 'teacher-merged' ? [sft, merge] : [sft];
  const who = distill.teacher === 'merged' ? `${teacher} with its adapter merged in` : `${teacher} as it was loaded`;
  const taughtBy = `Distillation: a LoRA adapter of ${student} (${shape}${from('student')}) learnt from ${who}: ${objective(distill)}.`;
  const whole = `Its adapter was added to the weights of ${student}, which were rounded once to bf16.`;
  const before = distill.teacher === 'merged' ? [sft, merge] : [];
  return [...before, taughtBy, ...(card.artifact === 'student-distilled' ? [whole] : [])];
}

const divergences: Readonly<Record<Recipe['distill']['divergence'], string>> = {
  'forward-kl': 'KL(teacher ‖ student)',
  'reverse-kl': 'KL(student ‖ teacher)',
  jsd: 'the Jensen–Shannon divergence',
};

function objective(distill: Recipe['distill']): string {
  const { divergence, jsdBeta, temperature, divergenceWeight, crossEntropyWeight, scaleByTemperature } = distill;
  const beta = divergence === 'jsd' ? ` (beta ${jsdBeta})` : '';
  const scaled = scaleByTemperature ? ', scaled by its square' : '';
  return `${divergenceWeight} × ${divergences[divergence]}${beta} at temperature ${temperature}${scaled} + ${crossEntropyWeight} × cross-entropy on the rows`;
}

function stageTable(facts: RunFacts, card: CardOf): string {
  const rows = trainingStages
    .filter((stage) => stagesOf(card).includes(stage))
    .flatMap((stage) => {
      const log = stageLog(facts, stage);
      if (!log) return [];
      const { training, steps, planned, log: logged, milliseconds } = log;
      const { seed } = facts.record.stages[stage]?.recipe ?? facts.record.recipe;
      const epochs = `${Number((logged.at(-1)?.epoch ?? 0).toFixed(2))} of ${training.epochs}`;
      const rate = `${training.learningRate}, ${training.schedule}, ${training.warmupSteps} steps of warm-up`;
      const batch = `${training.batchSize} × ${training.accumulation}`;
      return [
        [stage, `${steps} of ${planned}`, epochs, batch, rate, String(seed), `${Math.round(milliseconds / 1000)} s`],
      ];
    });
  if (rows.length === 0) return '';
  return table(['stage', 'steps', 'epochs', 'rows × accumulation', 'learning rate', 'seed', 'time'], rows);
}

/** Names, counts and fingerprints: never a row. */
export function rowsUsed({ record: { data } }: RunFacts): string {
  const rows = (['train', 'test'] as const).flatMap((split) => {
    const own = data[split];
    if (!own) return [];
    const print = own.fingerprint
      ? code(own.fingerprint)
      : 'not known (the rows were edited, or it could not be computed)';
    return [[split, plain(own.name), String(own.rows), String(own.problems), print]];
  });
  if (rows.length === 0) return '';
  const head = ['split', 'file', 'rows used', 'lines that could not be used', 'SHA-256 of the file'];
  return `## Data\n\nThe rows themselves are not part of this folder.\n\n${table(head, rows)}`;
}
