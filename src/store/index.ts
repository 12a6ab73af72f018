/** What the page may use. */
export { fates } from '../engine/data/lengths';
export { placeKey } from '../engine/data/place';
export { type NameProblem, nameProblem } from '../engine/hub/push/name';
export { askable, modelsNow, notNow } from './ask';
export { awaited } from './awaited';
export { createStudio, type Studio } from './connect';
export { evaluationLog, type LogLine } from './evaluationLog';
export { bySplit, chooseRows, type Dropped, looksLikeRows } from './files';
export { forecast, stepsOf } from './forecast';
export { wilson } from './interval';
export { matmulKernels } from './kernels';
export { latest } from './latest';
export { fullestStage, misfit, type Verdict, verdict } from './memory';
export { type Entry, findModelFiles } from './modelFiles';
export { timeLeft } from './pace';
export { demoValue, type FieldValue, readField, referenceValue, sameValue } from './recipeFields';
export { defaultShare } from './rows';
export { jsonlOf, withTexts } from './rowText';
export { browserStorage } from './runs/browser';
export type { KeptModel, RunRecord } from './runs/record';
export { differingSettings, type SettingValue, settingsAsRun } from './runs/settings';
export type { SavedRecipe, WholeRun } from './runs/shelf';
export { isSaving } from './save';
export {
  beganAs,
  type Column,
  createSeries,
  isTrainingStage,
  type Series,
  type SeriesData,
  type StepMetric,
  subjects,
  type TrainingStage,
  trainingStages,
} from './series';
export type { Session } from './session';
export { smoother } from './smooth';
export type { WorkingTime } from './stageClock';
export { type Cause, missing, type Need, pipeline, remaining, savable, shownState, stagesOf } from './stages';
export { stagesAt, stationOf, stationState, stations } from './stations';
export { asked, type TalkAnswer, type TalkSettings, type TalkState, type Turn } from './talk';
export { seen, type TokenState } from './tokens';
export { trained, unkept, wouldLose } from './trained';
export type * from './types';
export { unfinishedWarmup } from './warmup';
