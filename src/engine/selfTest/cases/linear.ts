/** Projections with bias, residual and adapter, by every kernel that the adapter can compute them with. */
import type { Halves } from '../../gpu/linearRoom';
import type { Product, Variant } from '../../gpu/variants';
import * as op from '../../ops/linear';
import * as lora from '../../ops/lora';
import type { Bench } from '../bench';
import { roundBf16 } from '../bf16';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/linear';
import * as loraTwin from '../reference/lora';
import { tolerance } from '../tolerance';

const [rank, scale] = [4, 2];
const dropout = { probability: 0.2, seed: 11 };

interface Shape {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * Widths of whole vectors, as models have them, which end within a tile. `sums`: terms enough for tiles to be shared by
 * workgroups; `single`: widths that are no whole vectors.
 */
const shapes = {
  plain: { rows: 37, inputs: 96, outputs: 100 },
  few: { rows: 5, inputs: 96, outputs: 100 },
  sums: { rows: 9, inputs: 264, outputs: 264 },
  single: { rows: 5, inputs: 99, outputs: 37 },
} as const satisfies Record<string, Shape>;

/** `prepared`: u and t are made on the way, with what else units for matrices need. */
interface How extends Shape {
  readonly prepared: boolean;
}

function operands({ rows, inputs, outputs }: Shape) {
  return {
    ...{ x: normals(1, rows * inputs), dy: normals(2, rows * outputs) },
    ...{ weight: normals(3, outputs * inputs).map(roundBf16), bias: normals(4, outputs).map(roundBf16) },
    ...{ residual: normals(5, rows * outputs), before: normals(10, rows * inputs) },
    ...{ a: normals(6, rank * inputs), b: normals(7, outputs * rank) },
    ...{ u: normals(8, rows * rank), t: normals(9, rows * rank) },
  };
}

function onGpu(k: Bench, { inputs, outputs }: Shape, { weight, a, b }: ReturnType<typeof operands>) {
  const adapter = { a: k.f32('a', [rank, inputs], a), b: k.f32('b', [outputs, rank], b), rank, scale };
  return { weight: k.bf16('weight', [outputs, inputs], weight), adapter };
}

async function forward(k: Bench, shape: How) {
  const { rows, inputs, outputs, prepared } = shape;
  const o = operands(shape);
  const { weight, adapter } = onGpu(k, shape, o);
  const input = { x: k.f32('x', [rows, inputs], o.x), rows, residual: k.f32('residual', [rows, outputs], o.residual) };
  const y = k.f32('y', [rows, outputs]);
  const low = { adapter, u: k.f32('u', [rows, rank], prepared ? undefined : o.u), seed: dropout.seed };
  const project = (halves?: Halves) =>
    lora.project(k.rec, { x: input.x, rows, dropout: dropout.probability, halves }, [low]);
  op.forward(k.rec, { ...input, prepare: prepared ? project : undefined }, [
    { weight, bias: k.bf16('bias', [outputs], o.bias), low, y },
  ]);
  return { y: await k.read(y) };
}

async function backward(k: Bench, shape: How) {
  const { rows, inputs, outputs, prepared } = shape;
  const o = operands(shape);
  const { weight, adapter } = onGpu(k, shape, o);
  const dx = k.f32('dx', [rows, inputs], o.before);
  const dy = k.f32('dy', [rows, outputs], o.dy);
  const low = { adapter, dy, t: k.f32('t', [rows, rank], prepared ? undefined : o.t), seed: dropout.seed };
  const backproject = (halves?: Halves) => lora.backproject(k.rec, { rows, halves }, [low]);
  const how = { dropout: dropout.probability, accumulate: true, prepare: prepared ? backproject : undefined };
  op.backward(k.rec, { rows, ...how }, [{ weight, dy, low }], dx);
  return { dx: await k.read(dx) };
}

function expected(product: Product, { prepared, ...shape }: How) {
  const { x, dy, u, t, a, b, before, ...rest } = operands(shape);
  const own = { ...rest, inputs: shape.inputs, adapter: { a, b, rank, scale } };
  const mask = loraTwin.dropoutMask(shape.rows, shape.inputs, dropout.probability, dropout.seed);
  if (product === 'forward') {
    return { y: twin.forward(x, prepared ? loraTwin.project(x, a, mask, shape.inputs) : u, own) };
  }
  return { dx: twin.backward(dy, prepared ? loraTwin.backproject(dy, b, scale, rank) : t, mask, before, own) };
}

type Kernel = Variant | 'quads' | 'sums' | 'single';

const forced: Readonly<Partial<Record<Kernel, Variant>>> = { sums: 'tiles64', quads: 'registers' };

function caseOf(product: Product, variant: Kernel, { rows, inputs, outputs }: Shape, prepared = false): KernelCase {
  const shape = { rows, inputs, outputs, prepared };
  const size = product === 'forward' ? `${rows} × ${inputs} → ${outputs}` : `${rows} × ${outputs} → ${inputs}`;
  return {
    ...{ op: 'linear', entry: product, variant, tolerance: tolerance.kernel },
    shape: prepared ? `${size}, ${rank}` : size,
    compute: (k) => {
      const of = variant === 'single' ? undefined : (forced[variant] ?? (variant as Variant));
      Object.assign(k.gpu.variants, { forced: of, quads: variant === 'quads' });
      return product === 'forward' ? forward(k, shape) : backward(k, shape);
    },
    expected: () => expected(product, shape),
  };
}

/** `variants`: those that the adapter can compute; `quads`: whether registers can take rows from their quads. */
export function cases(variants: readonly Variant[], quads: boolean): readonly KernelCase[] {
  return (['forward', 'backward'] as const).flatMap((product) => [
    ...variants
      // Lanes are for few rows going forward.
      .filter((variant) => variant !== 'lanes' || product === 'forward')
      .map((variant) => caseOf(product, variant, variant === 'lanes' ? shapes.few : shapes.plain)),
    ...(variants.includes('matrices') ? [caseOf(product, 'matrices', shapes.plain, true)] : []),
    ...(variants.includes('tiles64') ? [caseOf(product, 'sums', shapes.sums)] : []),
    ...(quads ? [caseOf(product, 'quads', shapes.plain)] : []),
    caseOf(product, 'single', shapes.single),
  ]);
}
