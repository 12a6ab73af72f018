/** The thin products of an adapter, with dropout, and merging it. */
import * as op from '../../ops/lora';
import type { Bench } from '../bench';
import { unpackBf16 } from '../bf16';
import type { KernelCase } from '../kernelCase';
import { eighths, normals } from '../numbers';
import * as twin from '../reference/lora';
import { tolerance } from '../tolerance';

const [rows, inputs, outputs, rank, scale] = [37, 99, 43, 5, 2];
const dropout = { probability: 0.1, seed: 0xfeedbeef };
const about = { op: 'lora', shape: `${rows} × ${inputs} → ${outputs}, ${rank}`, tolerance: tolerance.kernel };

function operands() {
  const [x, dy] = [normals(1, rows * inputs), normals(2, rows * outputs)];
  const [a, b] = [normals(3, rank * inputs, 0.3), normals(4, outputs * rank, 0.3)];
  const mask = twin.dropoutMask(rows, inputs, dropout.probability, dropout.seed);
  return { x, dy, a, b, mask, u: twin.project(x, a, mask, inputs), t: twin.backproject(dy, b, scale, rank) };
}

function onGpu(k: Bench) {
  const { x, dy, a, b } = operands();
  const adapter = { a: k.f32('a', [rank, inputs], a), b: k.f32('b', [outputs, rank], b), rank, scale };
  return { adapter, x: k.f32('x', [rows, inputs], x), dy: k.f32('dy', [rows, outputs], dy) };
}

const merging = () => ({
  ...{ a: eighths(3, rank * inputs), b: eighths(4, outputs * rank), weight: eighths(5, outputs * inputs) },
});

export const cases: readonly KernelCase[] = [
  {
    ...{ ...about, entry: 'project' },
    compute: async (k) => {
      const { adapter, x } = onGpu(k);
      const u = k.f32('u', [rows, rank]);
      op.project(k.rec, { x, rows, dropout: dropout.probability }, [{ adapter, seed: dropout.seed, u }]);
      return { u: await k.read(u) };
    },
    expected: () => ({ u: operands().u }),
  },
  {
    ...{ ...about, entry: 'backproject' },
    compute: async (k) => {
      const { adapter, dy } = onGpu(k);
      const t = k.f32('t', [rows, rank]);
      op.backproject(k.rec, { rows }, [{ adapter, dy, t }]);
      return { t: await k.read(t) };
    },
    expected: () => ({ t: operands().t }),
  },
  {
    ...{ ...about, entry: 'gradients' },
    compute: async (k) => {
      const [{ u, t }, { adapter, x, dy }] = [operands(), onGpu(k)];
      const saved = { u: k.f32('u', [rows, rank], u), t: k.f32('t', [rows, rank], t) };
      const grads = { a: k.f32('da', [rank, inputs]), b: k.f32('db', [outputs, rank]) };
      const part = { adapter, dy, ...saved, seed: dropout.seed, grads };
      op.gradients(k.rec, { x, rows, dropout: dropout.probability, accumulate: false }, [part]);
      return { da: await k.read(grads.a), db: await k.read(grads.b) };
    },
    expected: () => {
      const { x, dy, mask, u, t } = operands();
      return {
        da: twin.gradientA(x, t, mask, inputs, rank),
        db: twin.gradientB(dy, u, scale, outputs, rank),
      };
    },
  },
  {
    ...{ ...about, entry: 'merge', shape: `${outputs} × ${inputs}, ${rank}`, tolerance: tolerance.exact },
    compute: async (k) => {
      const { a, b, weight } = merging();
      const adapter = { a: k.f32('a', [rank, inputs], a), b: k.f32('b', [outputs, rank], b), rank, scale };
      const [base, merged] = ['weight', 'merged'].map((name) => k.bf16(name, [outputs, inputs], weight));
      op.merge(k.rec, adapter, base!, merged!);
      return { merged: unpackBf16((await k.words(merged!)).buffer as ArrayBuffer, outputs * inputs) };
    },
    expected: () => {
      const { a, b, weight } = merging();
      return { merged: twin.merge(weight, a, b, scale, rank) };
    },
  },
];
