/** The shaders that can compute a projection, and how their workgroups share it. */
import { HALVES_DEPTH, HALVES_ROWS, type Halves, halvesOf } from './linearRoom';
import type { Dispatch, Recorder } from './recorder';
import type { Tensor } from './tensor';
import type { Product, Variant } from './variants';

export interface Kernel {
  /** Of the shader; undefined for the plain one. */
  readonly variant?: string;
  readonly constants?: Readonly<Record<string, number>>;
  /** Rows and columns of a workgroup. */
  readonly rows: number;
  readonly columns: number;
  /** The same tensors by the names that the shader has for them, which tell how many words are read at once. */
  readonly bindForward: (of: ForwardTensors) => Dispatch['bind'];
  readonly bindBackward: (of: BackwardTensors) => Dispatch['bind'];
  /** One element per invocation. */
  readonly single?: boolean;
  /** Of a kernel whose workgroups can share the terms of a tile. */
  readonly sharing?: {
    /** Workgroups that a large card has at work at once: with fewer tiles, several share the terms of one. */
    readonly crowd: number;
    /** Terms of a stage. */
    readonly depth: number;
  };
  /** Reads dy, and writes y, by vectors. */
  readonly wide?: boolean;
  /** Reads x (dy) as halves, and what belongs to adapters by vectors. */
  readonly halves?: boolean;
}

/** What is absent is anything else, and never read. */
interface ForwardTensors extends Readonly<Record<'x' | 'weight' | 'bias' | 'residual' | 'u' | 'b' | 'y', Tensor>> {
  /** x, for the kernel that reads halves. */
  readonly halves: Halves | undefined;
}

interface BackwardTensors extends Readonly<Record<'dy' | 'weight' | 't' | 'a' | 'dx', Tensor>> {
  /** dy, for the kernel that reads halves. */
  readonly halves: Halves | undefined;
}

const LANES = 16;

const byWords = {
  bindForward: ({ x, weight, bias, residual, u, b, y }: ForwardTensors) => ({ x, weight, bias, residual, u, b, y }),
  bindBackward: ({ dy, weight, t, a, dx }: BackwardTensors) => ({ weightWide: weight, a, dx, dy, t }),
};

const single: Kernel = {
  ...{ rows: 8, columns: 8, single: true },
  bindForward: ({ x, weight, ...rest }) => ({
    ...{ xAny: x, weightAny: weight, bias: rest.bias, residual: rest.residual },
    ...{ u: rest.u, b: rest.b, y: rest.y },
  }),
  bindBackward: ({ dy, weight, t, a, dx }) => ({ weightAny: weight, aAny: a, dxAny: dx, dy, t }),
};

const lanes: Kernel = {
  ...{ variant: 'lanes', constants: { LANES, TEAMS: 64 / LANES }, rows: 8, columns: (4 * 64) / LANES },
  bindForward: ({ x, weight, bias, residual, u, b, y }) => ({ x, weightWide: weight, bias, residual, u, b, y }),
  bindBackward: byWords.bindBackward,
};

const matrices: Kernel = {
  ...{ variant: 'matrices', rows: HALVES_ROWS, columns: 128, sharing: { crowd: 256, depth: HALVES_DEPTH } },
  ...{ halves: true, wide: true },
  bindForward: ({ halves, weight, bias, residual, u, b, y }) => {
    const x = { halves: halves!.values, scales: halves!.scales };
    return { ...x, weightWide: weight, bias, residualWide: residual, uWide: u, bWide: b, yWide: y };
  },
  bindBackward: ({ halves, weight, t, a, dx }) => {
    return { weightWide: weight, a, dx, halves: halves!.values, scales: halves!.scales, tWide: t };
  },
};

/** `written`: all terms of a stage are written out, which a CPU adapter has no gain from and takes long to compile. */
function tiles(variant: string, side: number, crowd: number, written: boolean): Kernel {
  return {
    ...{ variant, rows: side, columns: side, sharing: { crowd, depth: 16 }, wide: true },
    constants: { WRITTEN_OUT: written ? 1 : 0 },
    bindForward: ({ x, weight, bias, residual, u, b, y }) => {
      return { x, weight, bias, residualWide: residual, u, b, yWide: y };
    },
    bindBackward: ({ dy, weight, t, a, dx }) => ({ weight, a, dx, dyWide: dy, t }),
  };
}

type Kernels = Readonly<Record<Variant | 'single' | 'quads', Kernel>>;

function kernelsFor(software: boolean): Kernels {
  return {
    ...{ single, lanes, matrices },
    registers: { rows: 64, columns: 64, ...byWords },
    quads: { variant: 'quads', rows: 32, columns: 64, ...byWords },
    tiles64: tiles('tiles64', 64, 512, !software),
    tiles128: tiles('tiles128', 128, 256, !software),
  };
}

const [onProcessors, onCards] = [kernelsFor(true), kernelsFor(false)];

interface Part {
  /** [outputs, inputs] */
  readonly weight: Tensor;
}

export const inputsOf = (parts: readonly Part[]) => parts[0]!.weight.shape[1]!;

/** Widths that are no whole eights are for the plain shader, element by element. */
export function kernelOf(rec: Recorder, product: Product, rows: number, parts: readonly Part[]): Kernel {
  const kernels = rec.software ? onProcessors : onCards;
  const inputs = inputsOf(parts);
  if (inputs % 8 !== 0) return kernels.single;
  let outputs = 0;
  for (const { weight } of parts) outputs += weight.shape[0]!;
  const variant = rec.variants.of(product, { rows, inputs, outputs });
  const kernel = kernels[variant === 'registers' && rec.variants.quads ? 'quads' : variant];
  return kernel.halves && !halvesOf(rec, rows, termsOf(product, parts)) ? kernels.tiles64 : kernel;
}

/** How many terms the sums of a product have: of each part going back, whose stages are its own. */
export function termsOf(product: Product, parts: readonly Part[]): readonly number[] {
  return product === 'forward' ? [inputsOf(parts)] : parts.map(({ weight }) => weight.shape[0]!);
}

interface Pitched extends Part {
  /** Values from one row of y (dy) to the next, where it is not the number of outputs. */
  readonly pitch?: number | undefined;
}

interface Shaped extends Pitched {
  /** Of the adapter; 0 without one. */
  readonly rank: number;
}

const whole = (fit: boolean) => (fit ? 1 : 0);

/** For kernels that read dy or write y by vectors. */
export function vectorsOf(parts: readonly Pitched[]) {
  return { WHOLE_VECTORS: whole(parts.every(({ weight, pitch }) => (weight.shape[0]! | (pitch ?? 0)) % 4 === 0)) };
}

/** What a kernel is told of the sizes, so that it need not look where they are whole. */
export function constantsOf(kernel: Kernel, parts: readonly Shaped[]) {
  return {
    ...kernel.constants,
    ...(kernel.wide && vectorsOf(parts)),
    ...(kernel.halves && {
      WHOLE_RANKS: whole(parts.every(({ rank }) => rank % 4 === 0)),
      WHOLE_STAGES: whole(inputsOf(parts) % HALVES_DEPTH === 0),
    }),
  };
}
