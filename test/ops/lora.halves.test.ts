/** What adapters read is cut into halves on the way (`lora.halves`): the same u and t, and the halves of x and dy. */
import { describe, expect, it } from 'vitest';
import { halvesOf } from '../../src/engine/gpu/linearRoom';
import * as lora from '../../src/engine/ops/lora';
import { type Bench, bench, eachFlavour } from '../support/gpu';
import { expectParts, expectX, roomIn, uneven } from '../support/halves';
import { normals } from '../support/random';

const shapes = [
  [1, 8, [[16, 8]]],
  [
    37,
    96,
    [
      [64, 5],
      [24, 8],
      [24, 17],
    ],
  ],
  [
    65,
    104,
    [
      [33, 4],
      [7, 4],
    ],
  ],
  [
    130,
    520,
    [
      [36, 8],
      [40, 16],
    ],
  ],
] as const;

describe.each(eachFlavour(shapes))('%s rows %i, %i inputs, outputs and ranks %j', (flavour, rows, inputs, sizes) => {
  const outputs = sizes.map(([width]) => width);
  const x = uneven(1, rows, inputs);
  const dys = outputs.map((width, p) => uneven(2 + p, rows, width));

  async function setup() {
    const k = await bench(flavour);
    const place = (name: string, shape: (outputs: number, rank: number) => number[], values?: Values) =>
      k.place(
        sizes.map(([width, rank], p) => {
          const size = shape(width, rank);
          return { name: `${name}${p}`, shape: size, values: (values ?? drawn)(p, size) };
        }),
        { dtype: 'f32', beside: true },
      );
    const a = place('a', (_, rank) => [rank, inputs]);
    const b = place('b', (width, rank) => [width, rank]);
    const adapters = sizes.map(([, rank], p) => ({ a: a[p]!, b: b[p]!, rank, scale: 2 }));
    const of = { x: k.f32('x', [rows, inputs], x), rows, dropout: 0.2 };
    return { k, place, adapters, of };
  }

  it('x: as without, and in halves', async () => {
    const { k, place, adapters, of } = await setup();
    const [alone, beside] = ['alone', 'beside'].map((name) => place(name, (_, rank) => [rows, rank]));
    const parts = (us = alone!) => adapters.map((adapter, p) => ({ adapter, seed: 7 + p, u: us[p]! }));
    const halves = halvesIn(k, rows, [inputs]);
    expect(lora.project(k.rec, of, parts())).toBeUndefined();
    expect(lora.project(k.rec, { ...of, halves }, parts(beside))).toBe(halves);
    expect(k.rec.tally.total.dispatches).toBe(2);
    for (const p of sizes.keys()) expect(await k.read(beside![p]!)).toEqual(await k.read(alone![p]!));
    await expectX(k, halves, inputs, x);
  });

  it('dy: as without, and in halves', async () => {
    const { k, place, adapters } = await setup();
    const dy = place(
      'dy',
      (width) => [rows, width],
      (p) => dys[p]!,
    );
    const [alone, beside] = ['alone', 'beside'].map((name) => place(name, (_, rank) => [rows, rank]));
    const parts = (ts = alone!) => adapters.map((adapter, p) => ({ adapter, dy: dy[p]!, t: ts[p]! }));
    const halves = halvesIn(k, rows, outputs);
    expect(lora.backproject(k.rec, { rows }, parts())).toBeUndefined();
    expect(lora.backproject(k.rec, { rows, halves }, parts(beside))).toBe(halves);
    expect(k.rec.tally.total.dispatches).toBe(2);
    for (const p of sizes.keys()) expect(await k.read(beside![p]!)).toEqual(await k.read(alone![p]!));
    await expectParts(k, halves, outputs, dys);
  });
});

describe('in buffers of their own', () => {
  const partsOf = (k: Bench) =>
    [8, 16].map((width) => ({
      adapter: { a: k.f32('a', [4, 8]), b: k.f32('b', [width, 4]), rank: 4, scale: 1 },
      ...{ dy: k.f32('dy', [3, width]), t: k.f32('t', [3, 4]) },
      ...{ u: k.f32('u', [3, 4]), seed: 1 },
    }));

  it('x is cut once for all of them', async () => {
    const k = await bench();
    const x = uneven(1, 3, 8);
    const variants: (string | undefined)[] = [];
    const record = k.rec.dispatch.bind(k.rec);
    k.rec.dispatch = (dispatch) => {
      variants.push(dispatch.variant);
      record(dispatch);
    };
    const [halves, of] = [halvesIn(k, 3, [8]), { x: k.f32('x', [3, 8], x), rows: 3, dropout: 0 }];
    expect(lora.project(k.rec, { ...of, halves }, partsOf(k))).toBe(halves);
    expect(variants).toEqual(['halves', undefined]);
    await expectX(k, halves, 8, x);
  });

  it('dy is left to the product, which is told so', async () => {
    const k = await bench();
    const parts = partsOf(k);
    expect(lora.backproject(k.rec, { rows: 3, halves: halvesIn(k, 3, [8, 16]) }, parts)).toBeUndefined();
    expect([...k.rec.tally.byOp.keys()]).toEqual(['lora.backproject']);
    await k.rec.submit();
  });
});

type Values = (part: number, shape: readonly number[]) => ArrayLike<number>;

const drawn: Values = (part, shape) =>
  normals(
    20 + part,
    shape.reduce((size, one) => size * one, 1),
    0.3,
  );

function halvesIn(k: Bench, rows: number, terms: readonly number[]) {
  const room = roomIn(k);
  return halvesOf({ scratch: () => room }, rows, terms)!;
}
