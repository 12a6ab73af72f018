/**
 * Distillation: cross-entropy of the answer's tokens mixed with a divergence from the frozen teacher's distribution.
 * The teacher runs forward on the same packed batch (`teacher.ts`); logits of both exist only for one chunk of label rows at a time.
 */
import type { Arena } from '../gpu/arena';
import { slice } from '../gpu/tensor';
import type { Model } from '../model/weights';
import * as loss from '../ops/loss';
import type { Objective, RunSizes } from './objective';
import type { DistillTraining } from './recipe';
import { Teacher } from './teacher';
import type { ScratchFile } from './teacherStates';

/**
 * Allocates the teacher's buffers in `arena`; `chunk` is the student's number of label rows per chunk. `scratch` takes what a
 * later epoch need not compute again and the card has no room for.
 */
export function distill(
  arena: Arena,
  teacher: Model,
  settings: DistillTraining,
  sizes: RunSizes,
  chunk: number,
  scratch?: ScratchFile,
): Objective {
  const pass = new Teacher(arena, teacher, sizes, chunk, scratch);
  const { logits } = pass.space.logits;
  const { crossEntropyWeight, divergenceWeight, divergence: kind, jsdBeta, temperature } = settings;
  const divergenceScale = settings.scaleByTemperature ? temperature ** 2 : 1;
  return {
    distils: true,
    upload: (gpu, batch) => pass.upload(gpu, batch),
    prepare: (rec, batch) => pass.record(rec, batch),
    settle: (gpu, batch) => pass.settle(gpu, batch),
    loss(rec, batch, { rows, start, scales, stats }) {
      pass.recordHead(rec, { start, rows: rows.rows });
      const mix = {
        ...{ teacher: logits, teacherStride: teacher.config.vocabulary },
        ...{ compared: slice(batch.compared, start, rows.rows), kind, jsdBeta, temperature, divergenceScale },
        crossEntropyWeight: crossEntropyWeight * scales.crossEntropy,
        divergenceWeight: divergenceWeight * scales.divergence,
      };
      loss.distill(rec, rows, mix, stats);
    },
    scales: (labels) => ({
      crossEntropy: 1 / labels,
      divergence: settings.divergenceReduction === 'sum' ? 1 : 1 / labels,
    }),
    combine: (crossEntropy, divergence) => crossEntropyWeight * crossEntropy + divergenceWeight * divergence,
  };
}
