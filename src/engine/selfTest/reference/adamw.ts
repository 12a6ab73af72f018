/** float64 twin of shaders/adamw.wgsl, in the notation of torch.optim.AdamW's documentation. */

export interface Settings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly step: number;
}

export interface Values {
  readonly parameters: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

export function step(values: Values, gradients: Float64Array, clip: number, settings: Settings): Values {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step: t } = settings;
  const g = gradients.map((value) => value * clip);
  const first = values.first.map((m, i) => beta1 * m + (1 - beta1) * g[i]!);
  const second = values.second.map((v, i) => beta2 * v + (1 - beta2) * g[i]! ** 2);
  const parameters = values.parameters.map((w, i) => {
    const mHat = first[i]! / (1 - beta1 ** t);
    const vHat = second[i]! / (1 - beta2 ** t);
    return w - learningRate * weightDecay * w - (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
  });
  return { parameters, first, second };
}
