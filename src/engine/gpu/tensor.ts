/** A tensor is a typed view of a GPU buffer: data without methods. */

export type DType = 'f32' | 'u32' | 'bf16';

export interface Tensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly buffer: GPUBuffer;
  /** Bytes from the start of the buffer; a multiple of 256. */
  readonly offset: number;
  /** Bytes of the elements, rounded up to whole 32-bit words. */
  readonly bytes: number;
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes that a tensor of this shape takes on the GPU. bf16 is packed two per 32-bit word. */
export function tensorBytes(dtype: DType, shape: readonly number[]): number {
  const count = elements(shape);
  return dtype === 'bf16' ? Math.ceil(count / 2) * 4 : count * 4;
}

/** `bytes` rounded up to whole vectors of four, so that a kernel can look up the last elements of a tensor as a vec4. */
export function wholeVectors(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/** `count` 32-bit elements from `start`, as a flat tensor in the same buffer; `start` is a multiple of 64. */
export function slice(tensor: Tensor, start: number, count: number): Tensor {
  const offset = tensor.offset + start * 4;
  if (offset % 256 !== 0) throw new Error(`${tensor.name}: a slice must start on 256 bytes, not ${offset}`);
  return { ...tensor, shape: [count], offset, bytes: count * 4 };
}

/** One binding over tensors of one buffer, as words of 32 bits, and the word at which each begins; 0 for an absent one. */
export interface Span {
  /** Undefined when all are absent. */
  readonly whole: Tensor | undefined;
  readonly starts: readonly number[];
}

type Kinds<Part> = Readonly<Record<string, (part: Part) => Tensor | undefined>>;

/** Parts that one dispatch serves, and the span of each kind of tensor over them. */
export interface Group<Part, K extends Kinds<Part>> {
  readonly parts: readonly Part[];
  readonly spans: Readonly<Record<keyof K, Span>>;
}

/** One group where the tensors of each kind lie in one buffer, else each part in a group of its own. */
export function together<Part, K extends Kinds<Part>>(parts: readonly Part[], kinds: K): readonly Group<Part, K>[] {
  const beside = Object.values(kinds).every((kind) => new Set(present(parts.map(kind)).map((t) => t.buffer)).size <= 1);
  return (beside ? [parts] : parts.map((part) => [part])).map((group) => ({
    parts: group,
    // Object.fromEntries forgets the names of the kinds.
    spans: Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, span(group.map(kind))])) as Record<
      keyof K,
      Span
    >,
  }));
}

function span(tensors: readonly (Tensor | undefined)[]): Span {
  const there = present(tensors);
  const [one] = there;
  if (!one) return { whole: undefined, starts: tensors.map(() => 0) };
  const offset = Math.min(...there.map((tensor) => tensor.offset));
  const bytes = Math.max(...there.map((tensor) => tensor.offset + tensor.bytes)) - offset;
  return {
    whole: { name: one.name, dtype: 'u32', shape: [bytes / 4], buffer: one.buffer, offset, bytes },
    starts: tensors.map((tensor) => (tensor ? (tensor.offset - offset) / 4 : 0)),
  };
}

function present(tensors: readonly (Tensor | undefined)[]): readonly Tensor[] {
  return tensors.filter((tensor) => tensor !== undefined);
}
