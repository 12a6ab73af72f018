/** A graph that grows node by node, and the tensors that will lie beside it. */
import { type Attribute, contrib, type DataType, type Initializer, type Node } from './proto';

/** A tensor that is written to a file beside the model. */
export interface Stored {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
}

/** What is read once and written as one tensor or several, one after the other in one file. */
export interface Part {
  readonly stored: readonly Stored[];
  readonly source: Source;
}

/** A tensor of the checkpoint in another type, or one of the two tables of positions. */
export type Source =
  | { readonly kind: 'tensor'; readonly name: string; readonly as: 'float32' | 'float16' | 'fourBits' }
  | { readonly kind: 'rotary'; readonly half: 'cosines' | 'sines'; readonly as: 'float32' | 'float16' };

const widths: Readonly<Record<DataType, number>> = { float32: 4, float16: 2, uint8: 1, int32: 4, int64: 8 };

export function storedBytes({ type, shape }: Stored): number {
  return shape.reduce((product, size) => product * size, widths[type]);
}

export function partBytes({ stored }: Part): number {
  return stored.reduce((sum, tensor) => sum + storedBytes(tensor), 0);
}

const contribOps: ReadonlySet<string> = new Set([
  'GroupQueryAttention',
  'MatMulNBits',
  'SkipSimplifiedLayerNormalization',
]);

export class Graph {
  readonly nodes: Node[] = [];
  readonly constants: Initializer[] = [];
  readonly parts: Part[] = [];

  /** Adds a node and gives back the name of its first output, which is called after it unless it has another name. */
  node(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputs: readonly string[] = [`${name}/output_0`],
  ): string {
    this.nodes.push({ name, op, domain: contribOps.has(op) ? contrib : '', inputs, outputs, attributes });
    return outputs[0]!;
  }

  holds(name: string): boolean {
    return this.parts.some(({ stored }) => stored.some((one) => one.name === name));
  }

  /** A list of whole numbers that lies in the graph itself, once. */
  constant(name: string, values: readonly number[]): string {
    if (this.constants.some((one) => one.name === name)) return name;
    const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.constants.push({ name, type: 'int64', shape: [values.length], data });
    return name;
  }

  /** A tensor of the checkpoint under its own name. */
  tensor(name: string, shape: readonly number[], as: 'float32' | 'float16'): string {
    this.parts.push({ stored: [{ name, type: as, shape }], source: { kind: 'tensor', name, as } });
    return name;
  }
}
