/**
 * Distillation: cross-entropy of the answer's tokens mixed with a divergence from the frozen teacher's distribution.
 * The teacher runs forward on the same packed batch; logits of both exist only for one chunk of label rows at a time.
 */
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import * as head from '../model/head';
import * as transformer from '../model/transformer';
import type { Model } from '../model/weights';
import { allocateWorkspace } from '../model/workspace';
import * as loss from '../ops/loss';
import type { Objective, RunSizes } from './objective';
import type { DistillTraining } from './recipe';

/** `chunk` is the student's number of label rows per chunk. Allocates the teacher's activations in `arena`. */
export function distill(
  gpu: Gpu,
  arena: Arena,
  teacher: Model,
  settings: DistillTraining,
  sizes: RunSizes,
  chunk: number,
): Objective {
  const space = allocateWorkspace(gpu, arena, teacher.config, { ...sizes, rank: 0 }, false);
  const logits = head.allocateHead(arena, teacher.config, chunk);
  const { crossEntropyWeight, divergenceWeight, divergence: kind, jsdBeta, temperature } = settings;
  const divergenceScale = settings.scaleByTemperature ? temperature ** 2 : 1;
  return {
    distils: true,
    prepare(rec, { tokens, prefix }, batch) {
      transformer.forward(rec, teacher, space, { tokens, prefix, batch });
    },
    loss(rec, batch, { rows, start, perToken, stats }) {
      head.forward(rec, teacher, logits, space.last, batch.labelRows, { start, rows: rows.rows });
      const mix = {
        ...{ teacher: logits.logits, teacherStride: teacher.config.vocabulary },
        ...{ kind, jsdBeta, temperature, divergenceScale },
        crossEntropyWeight: crossEntropyWeight * perToken,
        divergenceWeight: divergenceWeight * perToken,
      };
      loss.distill(rec, rows, mix, stats);
    },
    combine: (crossEntropy, divergence) => crossEntropyWeight * crossEntropy + divergenceWeight * divergence,
  };
}
