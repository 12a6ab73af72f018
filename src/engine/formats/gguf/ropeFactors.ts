/** Llama 3's scaled positions as llama.cpp takes them: what the angle of every pair of rows is divided by. */
import type { ModelConfig } from '../../model/config';

/** [headDim / 2], or nothing where positions are not scaled. As `_compute_llama3_parameters` of transformers. */
export function ropeFactors({ headDim, rotary }: ModelConfig): Float32Array<ArrayBuffer> | undefined {
  const { theta, scaling } = rotary;
  if (!scaling) return undefined;
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = scaling;
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * theta ** ((2 * i) / headDim);
    if (wavelength < originalContext / high) return 1;
    if (wavelength > originalContext / low) return factor;
    const smooth = (originalContext / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}
