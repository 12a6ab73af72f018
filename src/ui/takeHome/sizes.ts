/** About how large a form will be, before a model is read: by its parameters, so that a person can choose. */
import type { Form, ModelInfo } from '../../store';

/** A block of 32 weights of 4 bits with its scale. */
const Q4_BITS = 4.5;
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
      return 4 * embedding + ((parameters - embedding) * Q4_BITS) / 8;
    case 'gguf-q8_0':
      return (parameters * Q8_BITS) / 8;
    default:
      return form satisfies never;
  }
}
