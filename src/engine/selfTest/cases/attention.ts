/** Attention over a packed batch with a prefix, by invocations that work alone and by those that share. */
import * as op from '../../ops/attention';
import type { Bench } from '../bench';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import { pack } from '../packed';
import * as twin from '../reference/attention';
import { tolerance } from '../tolerance';

const batch = pack(7, [12, 1, 17]);
const shape = { ...batch, heads: 6, kvHeads: 2, headDim: 20 };
const keys = batch.seenBy.length;
const [wide, narrow] = [shape.queries * shape.heads * shape.headDim, keys * shape.kvHeads * shape.headDim];
const about = { op: 'attention', shape: `${shape.queries} × ${shape.heads} × ${shape.headDim}` };

const operands = () => ({ q: normals(1, wide), k: normals(2, narrow), v: normals(3, narrow), dOut: normals(4, wide) });

function forward(b: Bench) {
  const { q, k, v } = operands();
  const matrices = { q: b.f32('q', [wide], q), k: b.f32('k', [narrow], k), v: b.f32('v', [narrow], v) };
  const seen = { keyStart: b.u32('keyStart', batch.keyStart), keyEnd: b.u32('keyEnd', batch.keyEnd) };
  const made = { out: b.f32('out', [wide]), stats: b.f32('stats', [shape.queries, shape.heads, 2]) };
  const input = { ...shape, ...matrices, ...seen, keys, pairs: 0 };
  op.forward(b.rec, input, made.out, made.stats);
  return { input, ...made };
}

function casesOf(variant: 'alone' | 'shared'): readonly KernelCase[] {
  const which = { variant, software: variant === 'alone', tolerance: tolerance.kernel };
  return [
    {
      ...{ ...about, ...which, entry: 'forward' },
      compute: async (b) => {
        const { out, stats } = forward(b);
        return { out: await b.read(out), lse: (await b.read(stats)).filter((_, i) => i % 2 === 0) };
      },
      expected: () => ({ ...twin.forward(operands(), shape) }),
    },
    {
      ...{ ...about, ...which, entry: 'backward' },
      compute: async (b) => {
        const { input, ...saved } = forward(b);
        const grads = { dq: b.f32('dq', [wide]), dk: b.f32('dk', [narrow]), dv: b.f32('dv', [narrow]) };
        const seenBy = b.u32('seenBy', batch.seenBy.flat());
        op.backward(b.rec, input, { ...saved, seenBy }, b.f32('dOut', [wide], operands().dOut), grads);
        return { dq: await b.read(grads.dq), dk: await b.read(grads.dk), dv: await b.read(grads.dv) };
      },
      expected: () => ({ ...twin.backward(operands(), shape, operands().dOut) }),
    },
  ];
}

export const cases: readonly KernelCase[] = [...casesOf('alone'), ...casesOf('shared')];
