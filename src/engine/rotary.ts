/** The angles of rotary positions: of the kernels, and of what is written for other engines. */

/** Llama 3's longer context: slow frequencies are divided by `factor`, fast ones stay, those between go over smoothly. */
export interface RotaryScaling {
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  /** Positions that the model was first trained on. */
  readonly originalContext: number;
}

export interface Rotary {
  readonly theta: number;
  readonly scaling?: RotaryScaling | undefined;
}

/**
 * [positions, headDim], from position `first` on: cosines in the first half of each row, sines in the second. Made on the host, because WGSL's
 * sin is too coarse; frequency and angle are rounded to f32 where PyTorch rounds them. Throws when headDim is odd.
 */
export function rotaryTable(
  positions: number,
  headDim: number,
  { theta, scaling }: Rotary,
  first = 0,
): Float32Array<ArrayBuffer> {
  if (headDim % 2 !== 0) throw new Error(`rotary positions need an even head dimension, not ${headDim}`);
  const half = headDim / 2;
  const table = new Float32Array(positions * headDim);
  for (let i = 0; i < half; i++) {
    const plain = Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / headDim)));
    const frequency = scaling ? scaledFrequency(plain, scaling) : plain;
    for (let p = 0; p < positions; p++) {
      const angle = Math.fround((first + p) * frequency);
      table[p * headDim + i] = Math.cos(angle);
      table[p * headDim + half + i] = Math.sin(angle);
    }
  }
  return table;
}

/** As `_compute_llama3_parameters` of transformers, rounded to f32 where it rounds. */
function scaledFrequency(frequency: number, scaling: RotaryScaling): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = scaling;
  const wavelength = Math.fround(Math.fround(2 * Math.PI) / frequency);
  if (wavelength < originalContext / high) return frequency;
  const slow = Math.fround(frequency / factor);
  if (wavelength > originalContext / low) return slow;
  const smooth = Math.fround(Math.fround(Math.fround(originalContext / wavelength) - low) / (high - low));
  const slowPart = Math.fround(Math.fround(Math.fround(1 - smooth) * frequency) / factor);
  return Math.fround(slowPart + Math.fround(smooth * frequency));
}
