/** The forms in which a model is written, with the names that transformers.js looks for. */

export type OnnxForm = 'fp32' | 'fp16' | 'q4';

export interface FormFacts {
  /** Between `model` and `.onnx`. */
  readonly suffix: string;
  /** Of everything that is computed, the cache of keys and values among it. */
  readonly computed: 'float32' | 'float16';
  /** The head among them, tied or not. */
  readonly linear: 'float32' | 'float16' | 'fourBits';
}

/**
 * q4 is for what has no fp16, as many a card in a browser: all but the matrices stays in fp32. The embedding too, as
 * onnxruntime's own quantizer leaves it: it is looked up, not multiplied. The head is a matrix as any other, in four bits also
 * where it is tied, since it is read whole for every token.
 */
export const formFacts: Readonly<Record<OnnxForm, FormFacts>> = {
  fp32: { suffix: '', computed: 'float32', linear: 'float32' },
  fp16: { suffix: '_fp16', computed: 'float16', linear: 'float16' },
  q4: { suffix: '_q4', computed: 'float32', linear: 'fourBits' },
};

/** As `model_fp16.onnx`. */
export function modelFile(form: OnnxForm): string {
  return `model${formFacts[form].suffix}.onnx`;
}

/** As `model_fp16.onnx_data`, `model_fp16.onnx_data_1` and so on. */
export function dataFile(form: OnnxForm, index: number): string {
  return `${modelFile(form)}_data${index === 0 ? '' : `_${index}`}`;
}
