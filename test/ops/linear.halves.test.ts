/** Rows as two matrices of f16 (`linear.halves`), which any adapter can make: what units for matrices are then given. */
import { describe, expect, it } from 'vitest';
import { type Halves, halvesOf } from '../../src/engine/gpu/linearRoom';
import type { Recorder } from '../../src/engine/gpu/recorder';
import { Variants } from '../../src/engine/gpu/variants';
import * as linear from '../../src/engine/ops/linear';
import { type Bench, bench } from '../support/gpu';
import { expectParts, expectX, roomIn, uneven } from '../support/halves';
import { normals } from '../support/random';

/** As on a card with units for matrices, of whose dispatches only those are made that cut rows into halves. */
function cutting(k: Bench): Recorder {
  const [room, { rec }] = [roomIn(k), k];
  const variants = Object.assign(new Variants(false, true), { forced: 'matrices' });
  return {
    ...{ software: false, variants },
    scratch: () => room,
    dispatch: (dispatch) => dispatch.variant === 'halves' && rec.dispatch(dispatch),
    copy: () => {},
    clear: () => {},
  };
}

describe.each([
  [1, 8],
  [37, 96],
  [65, 104],
])('x of %i rows by %i', (rows, inputs) => {
  it('is the sum of its halves, with zeros around it', async () => {
    const k = await bench();
    const x = uneven(1, rows, inputs);
    const weight = k.bf16('w', [8, inputs], normals(2, 8 * inputs));
    const rec = cutting(k);
    linear.forward(rec, { x: k.f32('x', [rows, inputs], x), rows }, [{ weight, y: k.f32('y', [rows, 8]) }]);
    await expectX(k, halvesOf(rec, rows, [inputs])!, inputs, x);
  });
});

describe('what prepares a product', () => {
  const [rows, inputs] = [5, 16];
  const sizes = [8, 24];

  async function setup() {
    const k = await bench();
    const x = k.f32('x', [rows, inputs], uneven(1, rows, inputs));
    const all = sizes.map((width) => ({
      weight: k.bf16('w', [width, inputs], normals(2, width * inputs)),
      y: k.f32('y', [rows, width]),
      dy: k.f32('dy', [rows, width], uneven(3, rows, width)),
    }));
    return { k, rec: cutting(k), x, all };
  }
  const cuts = ({ rec }: Bench) => [...rec.tally.byOp].map(([op, { dispatches }]) => [op, dispatches]);

  it('going forward is asked once, for halves that all parts multiply', async () => {
    const { k, rec, x, all } = await setup();
    const asked: unknown[] = [];
    const prepare = (wanted?: Halves) => {
      asked.push(wanted);
      return undefined;
    };
    linear.forward(rec, { x, rows, prepare }, all);
    expect(asked).toEqual([halvesOf(rec, rows, [inputs])]);
    // In buffers of their own, and still cut once.
    expect(cuts(k)).toEqual([['linear.halveX', 1]]);
    linear.forward(rec, { x, rows, prepare: (wanted) => wanted }, all);
    expect(cuts(k)).toEqual([['linear.halveX', 1]]);
    await k.rec.submit();
  });

  it('going back is asked for those of one dispatch, and else for none', async () => {
    const { k, rec, x, all } = await setup();
    const op = { rows, dropout: 0, accumulate: false };
    const asked: unknown[] = [];
    const prepare = (wanted?: Halves) => {
      asked.push(wanted);
      return wanted;
    };
    linear.backward(rec, { ...op, prepare }, all.slice(0, 1), x);
    expect(cuts(k)).toEqual([]);
    linear.backward(rec, { ...op, prepare }, all, x);
    expect(asked).toEqual([halvesOf(rec, rows, [8]), undefined]);
    expect(cuts(k)).toEqual([['linear.halveDy', 2]]);
    await k.rec.submit();
  });
});

/** Outputs of each part; 8 inputs. */
const parts = [
  [3, [16]],
  [37, [64, 24, 24]],
  [65, [33, 7]],
  [70, [36, 4, 40]],
] as const;

describe.each(parts)('dy of %i rows by %j', (rows, outputs) => {
  it('is the sum of its halves, each part in stages of its own', async () => {
    const k = await bench();
    const rec = cutting(k);
    const dys = outputs.map((width, p) => uneven(3 + p, rows, width));
    const [dy, weights] = [
      k.place(
        of('dy', outputs, (width, p) => ({ shape: [rows, width], values: dys[p] })),
        asFloats,
      ),
      k.place(
        of('w', outputs, (width) => ({ shape: [width, 8] })),
        asWeights,
      ),
    ];
    const all = dy.map((tensor, p) => ({ weight: weights[p]!, dy: tensor }));
    linear.backward(rec, { rows, dropout: 0, accumulate: false }, all, k.f32('dx', [rows, 8]));
    await expectParts(k, halvesOf(rec, rows, outputs)!, outputs, dys);
  });
});

const asFloats = { dtype: 'f32', beside: true } as const;
const asWeights = { dtype: 'bf16', beside: true } as const;

function of<T>(name: string, widths: readonly number[], make: (width: number, part: number) => T) {
  return widths.map((width, part) => ({ name: `${name}${part}`, ...make(width, part) }));
}
