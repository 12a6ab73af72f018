/** About how large a form will be, before a model is read: by its parameters, so that a person can choose. */
import type { Form, ModelInfo } from '../../store';

/** Of a weight in a block of 32: 4 bits, a scale in fp32, a zero point of 4 bits. */
const Q4_BITS = 4 + (32 + 4) / 32;
const Q8_BITS = 8.5;

export function aboutBytes(form: Form, { parameters, vocabulary, hidden }: ModelInfo): number {
  const embedding = vocabulary * hidden;
  switch (form) {
    case 'onnx-fp32':
      return 4 * parameters;
    case 'onnx-fp16':
    case 'gguf-f16':
    case 'gguf-bf16':
      return 2 * parameters;
    case 'onnx-q4':
      // The embedding is looked up in fp32; a head that is tied to it is there in 4 bits as well.
      return 4 * embedding + (parameters * Q4_BITS) / 8;
    case 'gguf-q8_0':
      return (parameters * Q8_BITS) / 8;
    default:
      return form satisfies never;
  }
}
