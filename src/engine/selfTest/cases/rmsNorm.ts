/** RMSNorm, with the residual's gradient added; that of heads, of queries and keys together. */
import * as op from '../../ops/rmsNorm';
import type { Bench } from '../bench';
import { roundBf16 } from '../bf16';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/rmsNorm';
import { tolerance } from '../tolerance';

const [rows, width, eps] = [37, 99, 1e-6];
const size = [rows, width];
const about = { op: 'rmsNorm', shape: `${rows} × ${width}`, tolerance: tolerance.kernel };

function operands() {
  const weight = normals(2, width).map(roundBf16);
  return { x: normals(1, rows * width), weight, dy: normals(3, rows * width), add: normals(4, rows * width) };
}

function onGpu(b: Bench) {
  const { x, weight, dy, add } = operands();
  const input = { x: b.f32('x', size, x), weight: b.bf16('weight', [width], weight), rows, eps };
  return { input, dy: b.f32('dy', size, dy), add: b.f32('add', size, add) };
}

function exact() {
  const { x, weight, dy, add } = operands();
  return { y: twin.forward(x, weight, rows, eps), dx: twin.backward(x, weight, dy, add, rows, eps) };
}

const headRows = { q: [70, width], k: [30, width] };
const aboutHeads = { ...about, variant: 'heads' as const, shape: `70 and 30 × ${width}` };

function heads() {
  const of = (seed: number, rows: number) => {
    const weight = normals(seed + 1, width).map(roundBf16);
    return { x: normals(seed, rows * width), weight, dy: normals(seed + 2, rows * width), rows };
  };
  return { q: of(5, headRows.q[0]!), k: of(8, headRows.k[0]!) };
}

function headsOnGpu(b: Bench): op.HeadNorms {
  const { q, k } = heads();
  const weights = { q: b.bf16('qWeight', [width], q.weight), k: b.bf16('kWeight', [width], k.weight) };
  const [x, y] = [b.f32('q', headRows.q, q.x), b.f32('k', headRows.k, k.x)];
  return { q: x, k: y, weights, queryRows: q.rows, keyRows: k.rows, eps };
}

function eachHead(of: (one: ReturnType<typeof heads>['q']) => Float64Array) {
  const { q, k } = heads();
  return { q: of(q), k: of(k) };
}

export const cases: readonly KernelCase[] = [
  {
    ...{ ...about, entry: 'forward' },
    compute: async (b) => {
      const y = b.f32('y', size);
      op.forward(b.rec, onGpu(b).input, y);
      return { y: await b.read(y) };
    },
    expected: () => ({ y: exact().y }),
  },
  {
    ...{ ...about, entry: 'backward' },
    compute: async (b) => {
      const { input, dy, add } = onGpu(b);
      const dx = b.f32('dx', size);
      op.backward(b.rec, input, dy, { add, dx });
      return { dx: await b.read(dx) };
    },
    expected: () => ({ dx: exact().dx }),
  },
  {
    ...{ ...about, entry: 'backwardAgain' },
    compute: async (b) => {
      const { input, dy, add } = onGpu(b);
      const [dx, again] = [b.f32('dx', size), b.f32('again', size)];
      op.backward(b.rec, input, dy, { add, dx, again });
      return { dx: await b.read(dx), again: await b.read(again) };
    },
    expected: () => ({ dx: exact().dx, again: exact().y }),
  },
  {
    ...{ ...aboutHeads, entry: 'forward' },
    compute: async (b) => {
      const normed = { q: b.f32('qNormed', headRows.q), k: b.f32('kNormed', headRows.k) };
      op.forwardHeads(b.rec, headsOnGpu(b), normed);
      return { q: await b.read(normed.q), k: await b.read(normed.k) };
    },
    expected: () => eachHead(({ x, weight, rows }) => twin.forward(x, weight, rows, eps)),
  },
  {
    ...{ ...aboutHeads, entry: 'backward' },
    compute: async (b) => {
      const { q, k } = heads();
      const d = { q: b.f32('dq', headRows.q, q.dy), k: b.f32('dk', headRows.k, k.dy) };
      op.backwardHeads(b.rec, headsOnGpu(b), d);
      return { q: await b.read(d.q), k: await b.read(d.k) };
    },
    expected: () =>
      eachHead(({ x, weight, dy, rows }) => twin.backward(x, weight, dy, new Float64Array(dy.length), rows, eps)),
  },
];
