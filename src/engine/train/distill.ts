/**
 * Distillation: cross-entropy of the answer's tokens mixed with a divergence from the frozen teacher's distribution.
 * The teacher runs forward on the same packed batch; logits of both exist only for one chunk of label rows at a time.
 */
import type { Arena } from '../gpu/arena';
import { slice } from '../gpu/tensor';
import { passOver } from '../model/batch';
import type { ModelConfig } from '../model/config';
import * as head from '../model/head';
import * as transformer from '../model/transformer';
import type { Model } from '../model/weights';
import { allocateWorkspace } from '../model/workspace';
import * as loss from '../ops/loss';
import type { Objective, RunSizes } from './objective';
import type { DistillTraining } from './recipe';

/** The teacher's activations and logits; `chunk` is the student's number of label rows per chunk. */
export function allocateTeacher(arena: Arena, config: ModelConfig, sizes: RunSizes, chunk: number) {
  const part = arena.part('teacher');
  return {
    space: allocateWorkspace(part, config, { ...sizes, maxPicked: sizes.maxLabels, rank: 0 }, false),
    logits: head.allocateHead(part, config, chunk),
  };
}

/** Allocates the teacher's buffers in `arena`; `chunk` as above. */
export function distill(
  arena: Arena,
  teacher: Model,
  settings: DistillTraining,
  sizes: RunSizes,
  chunk: number,
): Objective {
  const { space, logits } = allocateTeacher(arena, teacher.config, sizes, chunk);
  const { crossEntropyWeight, divergenceWeight, divergence: kind, jsdBeta, temperature } = settings;
  const divergenceScale = settings.scaleByTemperature ? temperature ** 2 : 1;
  return {
    distils: true,
    prepare(rec, batch, tensors) {
      transformer.forward(rec, teacher, space, passOver(batch, tensors));
    },
    loss(rec, batch, { rows, start, scales, stats }) {
      head.forward(rec, teacher, logits, space.last, { start, rows: rows.rows });
      const mix = {
        ...{ teacher: logits.logits, teacherStride: teacher.config.vocabulary },
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
