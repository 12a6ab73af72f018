/** Linear maps of a graph: weights stay [out, in] as the checkpoint has them, so that they can be streamed. */
import { formFacts, type OnnxForm } from './forms';
import { BLOCK, fourBitShape } from './fourBits';
import type { Graph } from './graph';

export interface LinearMap {
  /** Of the node, without its operator. */
  readonly at: string;
  /** Of the tensors, without `.weight`. */
  readonly tensor: string;
  readonly outputs: number;
  readonly inputs: number;
  readonly bias: boolean;
}

/** [tokens, inputs] → [tokens, outputs]. */
export function linear(graph: Graph, form: OnnxForm, map: LinearMap, x: string): string {
  const { at, tensor, outputs, inputs, bias } = map;
  const { linear: as, computed } = formFacts[form];
  const biases = bias ? [graph.tensor(`${tensor}.bias`, [outputs], computed)] : [];
  const weight = `${tensor}.weight`;
  if (as === 'fourBits') {
    const stored = fourBits(graph, weight, outputs, inputs);
    const operands = [x, ...stored, ...(bias ? ['', ...biases] : [])];
    return graph.node(`${at}/MatMulNBits`, 'MatMulNBits', operands, {
      ...{ K: inputs, N: outputs, bits: 4, block_size: BLOCK },
    });
  }
  // A tied head is the embedding, which is there already.
  if (!graph.holds(weight)) graph.tensor(weight, [outputs, inputs], as);
  return graph.node(`${at}/Gemm`, 'Gemm', [x, weight, ...biases], { transB: 1 });
}

/** Under the names that onnxruntime's quantizer gives. */
function fourBits(graph: Graph, weight: string, outputs: number, inputs: number): readonly string[] {
  const shape = fourBitShape(outputs, inputs);
  const stored = [
    { name: `${weight}_Q4`, type: 'uint8', shape: shape.packed },
    { name: `${weight}_scales`, type: 'float32', shape: shape.scales },
    { name: `${weight}_zero_points`, type: 'uint8', shape: shape.zeroPoints },
  ] as const;
  graph.parts.push({ stored, source: { kind: 'tensor', name: weight, as: 'fourBits' } });
  return stored.map(({ name }) => name);
}
