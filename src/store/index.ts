/** What the page may use. */
export { fates } from '../engine/data/lengths';
export { placeKey } from '../engine/data/place';
export { forms } from '../engine/formats/forms';
export { type NameProblem, nameProblem } from '../engine/hub/push/name';
export { wilson } from '../engine/runs/interval';
export { latest } from '../engine/runs/latest';
export type { KeptModel, RunRecord } from '../engine/runs/record';
export type { WholeRun } from '../engine/runs/wholeRun';
export { browserSnippet, nodeSnippet, type Snippet } from '../engine/takeHome/snippet';
export { allowed, summarize } from '../engine/vouch/verdict';
export { askable, modelsNow, notNow } from './ask';
export { awaited } from './awaited';
export { leftOut, resumable, usedElsewhere } from './checkpoints';
export { createStudio, type Studio } from './connect';
export { evaluationLog, type LogLine } from './evaluationLog';
export { exportsFolder } from './exports';
export { bySplit, chooseRows, type Dropped, looksLikeRows } from './files';
export { forecast, stepsOf } from './forecast';
export { matmulKernels } from './kernels';
export { fullestStage, misfit, type Verdict, verdict } from './memory';
export { type Entry, findModelFiles } from './modelFiles';
export { createOffline, type Kept, type Offline, type OfflineState } from './offline';
export { demoValue, type FieldValue, readField, referenceValue, sameValue } from './recipeFields';
export { isAtWork } from './recovery';
export { isAboutRoom, roomOf, type Taken } from './room';
export { defaultShare } from './rows';
export { jsonlOf, withTexts } from './rowText';
export { browserStorage } from './runs/browser';
export type { Reopened } from './runs/reopen';

export { differingSettings, type SettingValue, settingsAsRun } from './runs/settings';
export type { SavedRecipe } from './runs/shelf';
export { cannotSave, isSaving, type SaveChoice } from './save';
export { exportKey, onnxFormsOf, webgpuLacks } from './secondEngine';
export {
  beganAs,
  type Column,
  createSeries,
  gap,
  isTrainingStage,
  type Series,
  type SeriesData,
  type StepMetric,
  subjects,
  type TrainingStage,
  trainingStages,
  valueAt,
} from './series';
export type { Session } from './session';
export { smoother } from './smooth';
export type { WorkingTime } from './stageClock';
export {
  type Cause,
  mergeFirst,
  missing,
  type Need,
  pipeline,
  remaining,
  savable,
  shownState,
  stagesOf,
} from './stages';
export { modelsMade, stagesAt, stationOf, stationState, stations } from './stations';
export { asked, type TalkAnswer, type TalkSettings, type TalkState, type Turn } from './talk';
export { seen, type TokenState } from './tokens';
export { trained, unkept, wouldLose } from './trained';
export { messagesOf, mostTokens, type Tried, type TryState, type TryTurn } from './trying';
export type * from './types';
export {
  type Check,
  type CheckChoice,
  isChecking,
  noCheck,
  type Reports,
  someRows,
  type VouchingState,
} from './vouching';
export { unfinishedWarmup } from './warmup';
