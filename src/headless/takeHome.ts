/** What a stage of a job leaves: saved into folders, and its ONNX compared with our kernels by a second engine. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Studio } from '../engine/engine';
import { artifactsOf } from '../engine/runs/names';
import type { Artifact, OnnxForm, Stage, StageResult } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { formsOf } from '../engine/takeHome/forms';
import { filesIn, folderSink } from './files';
import type { Job } from './job';
import type { JobEvent } from './run';
import { onnxForms, vouchFolder } from './vouch';

type Listen = (event: JobEvent) => void;

/** A stopped training is saved too: what it has learnt is kept. Nothing is compared any more after `stop`. */
export async function takeHome(
  job: Job,
  engine: Pick<Studio, 'save' | 'vouch'>,
  stage: Stage,
  result: StageResult,
  listen: Listen,
  stop: Pick<AbortSignal, 'aborted'>,
): Promise<void> {
  if (result.outcome === 'stopped' && result.steps === 0) return;
  for (const artifact of artifactsOf[stage] ?? []) {
    const folder = join(job.output, artifact);
    const { shardBytes, forms } = job;
    // What an interrupted stage had written of it is not mixed with what is written now.
    await rm(folder, { recursive: true, force: true });
    const progress = (bytes: number, total: number) => listen({ type: 'saving', artifact, bytes, total });
    await engine.save(artifact, folderSink(folder), { shardBytes, forms, progress });
    const files = await filesIn(folder);
    listen({ type: 'saved', artifact, folder, files });
    const { onnx } = formsOf(files.map(({ name }) => name));
    for (const form of onnxForms)
      if (onnx.includes(form) && !stop.aborted) await vouch(job, engine, artifact, folder, form, listen);
  }
}

async function vouch(
  { rows, vouchRows, recipe }: Job,
  engine: Pick<Studio, 'save' | 'vouch'>,
  artifact: Artifact,
  folder: string,
  form: OnnxForm,
  listen: Listen,
): Promise<void> {
  if (vouchRows === 0 || rows.test === undefined) return;
  try {
    const report = await vouchFolder(engine, folder, { form, recipe, rows: vouchRows }, () => {});
    listen({ type: 'vouched', artifact, report });
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    listen({ type: 'not-vouched', artifact, form, reason: error.message });
  }
}
