/** What a training goes on from: that the checkpoint belongs to these models and rows, and its values back on the card. */
import { type Checkpoint, type CheckpointValues, invalid } from '../checkpoint/file';
import { fingerprintRows } from '../checkpoint/rows';
import type { CheckpointState } from '../checkpoint/state';
import type { Lasting } from '../checkpoint/writing';
import type { TokenRow } from '../data/examples';
import type { Gpu } from '../gpu/gpu';
import { upload } from '../gpu/transfer';
import { fingerprintAdapter, fingerprintModel } from '../model/fingerprint';
import { adapterFor, type LoadedModel, type Trained } from '../model/loaded';
import type { LoraAdapter, LoraSettings } from '../model/lora';
import type { StageFailure } from '../studio';
import { StudioError } from '../studioError';
import { version } from '../version';
import type { StageCheckpoints, StageContext } from './context';
import type { Trainer } from './trainer';

/** What is trained, on what, and by whom it is taught. */
export interface Subjects {
  readonly what: Trained;
  readonly loaded: LoadedModel;
  readonly teacher: LoadedModel | undefined;
  readonly rows: readonly TokenRow[];
}

/** What all checkpoints of a training say of it. */
export async function lastingOf(
  { gpu, recipe }: StageContext,
  { what, loaded, teacher, rows }: Subjects,
  { settings }: LoraAdapter,
  { kernels, changes }: Pick<StageCheckpoints, 'kernels' | 'changes'>,
  totalSteps: number,
): Promise<Lasting> {
  const { rank, alpha, targets, modules } = settings;
  const merged = teacher && recipe.distill.teacher === 'merged' ? adapterFor(teacher, 'sft') : undefined;
  return {
    ...{ software: version, stage: what, totalSteps, recipe, kernels, changes },
    lora: { rank, alpha, targets: [...targets], ...(modules && { modules: Object.fromEntries(modules) }) },
    models: {
      trained: await fingerprintModel(gpu, loaded.base),
      ...(teacher && { teacher: await fingerprintModel(gpu, teacher.base) }),
      ...(merged && { merged: await fingerprintAdapter(gpu, merged.value) }),
    },
    rows: { count: rows.length, fingerprint: fingerprintRows(rows) },
  };
}

/**
 * Throws a StudioError where the training would go on as another one: `checkpoint-stage`, `checkpoint-model`,
 * `checkpoint-teacher`, `checkpoint-rows`.
 */
export function needSame({ state }: Checkpoint, now: Lasting): void {
  const { models, rows, stage } = state;
  if (stage !== now.stage) throw differs('stage', 'it is of another stage');
  if (models.trained !== now.models.trained) throw differs('model', 'the model that it trains has other weights');
  if (models.teacher !== now.models.teacher || models.merged !== now.models.merged)
    throw differs('teacher', 'the teacher, or the adapter that is merged into it, has other weights');
  if (rows.fingerprint === now.rows.fingerprint) return;
  const reason =
    rows.count === now.rows.count
      ? 'the training rows are others, or in another order'
      : `it was made with ${rows.count} training rows, and there are ${now.rows.count}`;
  throw differs('rows', reason, { before: rows.count, now: now.rows.count });
}

/** Undefined where the same kernels compute on the same card: then the bits are the same too. */
export function roundsOtherwise({ state }: Checkpoint, now: Lasting): StageFailure | undefined {
  const [before, after] = [state, now].map(({ software, kernels: { adapter, digest } }) => [software, adapter, digest]);
  if (String(before) === String(after)) return undefined;
  const message =
    'The checkpoint was written on another graphics card or by another version. The training goes on as it was, but rounds ' +
    'in another way: its last bits may differ.';
  return { code: 'checkpoint-elsewhere', message, detail: {} };
}

function differs(what: string, reason: string, detail: Readonly<Record<string, number>> = {}): StudioError {
  const message = `The checkpoint cannot go on here: ${reason}. Load what it was made with, or start the stage anew.`;
  return new StudioError(`checkpoint-${what}`, message, detail);
}

export function loraOf({ lora }: CheckpointState): LoraSettings {
  return { ...lora, modules: lora.modules && new Map(Object.entries(lora.modules)) };
}

/** Throws a StudioError `checkpoint-invalid` where they are not of this adapter's size. */
export function uploadValues(gpu: Gpu, trainer: Trainer, { flat }: LoraAdapter, values: CheckpointValues): void {
  const { first, second } = trainer.moments;
  for (const [tensor, bytes] of [
    [flat, values.adapter],
    [first, values.first],
    [second, values.second],
  ] as const) {
    if (bytes.byteLength !== tensor.bytes) {
      const reason = `it has ${bytes.byteLength} bytes of ${tensor.name}, and this adapter ${tensor.bytes}`;
      throw invalid('checkpoint', reason);
    }
    upload(gpu, tensor, bytes);
  }
}
