/** Qwen2 with LoRA and AdamW in jax-js, as its user would write them: padded rows, plain formulas, one compiled step. */
import type { ModelConfig } from '../../../src/engine/model/config';
import { moduleName, type Projection } from '../../../src/engine/model/projections';
import type { Jax } from './peers';

export type JaxArray = ReturnType<Jax['numpy']['zeros']>;
/** By name in the checkpoint; adapters by module with `.A` and `.B`. */
export type Arrays = Record<string, JaxArray>;

export interface Batch extends Record<string, JaxArray> {
  /** i32 [B, T]: inputs, and what each position must predict */
  readonly ids: JaxArray;
  readonly targets: JaxArray;
  /** f32 [B, T]: 1 / labels where something is scored, else 0 */
  readonly weights: JaxArray;
}

export interface Settings {
  readonly loraScale: number;
  readonly temperature: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
}

/** Hidden states and logits [B, T, V] of a whole padded batch. */
function logits(jax: Jax, config: ModelConfig, w: Arrays, ids: JaxArray, adapter?: Arrays, loraScale = 0): JaxArray {
  const { numpy: np, nn } = jax;
  const [rows, length] = ids.shape as [number, number];
  const { heads, kvHeads, headDim, rmsEps } = config;
  const weight = (name: string) => w[name]!.ref;
  const norm = (x: JaxArray, name: string) => {
    const mean = np.mean(np.square(x.ref), -1, { keepdims: true });
    return x.div(np.sqrt(mean.add(rmsEps))).mul(weight(name));
  };
  const linear = (x: JaxArray, layer: number, projection: Projection) => {
    const name = `model.layers.${layer}.${moduleName(projection)}`;
    let y = np.matmul(x.ref, np.transpose(weight(`${name}.weight`)));
    if (w[`${name}.bias`]) y = y.add(weight(`${name}.bias`));
    if (!adapter) return y;
    const [a, b] = [adapter[`${name}.A`]!.ref, adapter[`${name}.B`]!.ref];
    return y.add(np.matmul(np.matmul(x, np.transpose(a)), np.transpose(b)).mul(loraScale));
  };
  const { cos, sin } = rotary(jax, config, length);
  const turn = (x: JaxArray, of: number) => {
    const split = np.reshape(x, [rows, length, of, headDim]);
    const [left, right] = np.split(split.ref, 2, -1) as [JaxArray, JaxArray];
    return split.mul(cos.ref).add(np.concatenate([right.neg(), left], -1).mul(sin.ref));
  };
  let x = np.take(weight('model.embed_tokens.weight'), ids, 0);
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `model.layers.${layer}`;
    const normed = norm(x.ref, `${at}.input_layernorm.weight`);
    const q = turn(linear(normed.ref, layer, 'q_proj'), heads);
    const k = turn(linear(normed.ref, layer, 'k_proj'), kvHeads);
    const v = np.reshape(linear(normed, layer, 'v_proj'), [rows, length, kvHeads, headDim]);
    const attended = np.reshape(nn.dotProductAttention(q, k, v, { isCausal: true }), [rows, length, heads * headDim]);
    x = x.add(linear(attended, layer, 'o_proj'));
    const post = norm(x.ref, `${at}.post_attention_layernorm.weight`);
    const gate = nn.silu(linear(post.ref, layer, 'gate_proj'));
    x = x.add(linear(gate.mul(linear(post, layer, 'up_proj')), layer, 'down_proj'));
  }
  return np.matmul(norm(x, 'model.norm.weight'), np.transpose(weight('model.embed_tokens.weight')));
}

function rotary({ numpy: np }: Jax, { headDim, rotary: { theta } }: ModelConfig, length: number) {
  const angles = Array.from({ length: length * headDim }, (_, i) => {
    const [position, column] = [Math.floor(i / headDim), i % (headDim / 2)];
    return position * theta ** ((-2 * column) / headDim);
  });
  const table = (of: (angle: number) => number) =>
    np.array(Float32Array.from(angles, of), { shape: [1, length, 1, headDim] });
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** Cross-entropy of the weighted positions; with a teacher half of it, and half the KL from it times T². */
export function lossOf(jax: Jax, config: ModelConfig, settings: Settings, teaching?: ModelConfig) {
  const { numpy: np, nn } = jax;
  const { temperature } = settings;
  return (adapter: Arrays, w: Arrays, batch: Batch, teacher: Arrays): JaxArray => {
    const student = logits(jax, config, w, batch.ids.ref, adapter, settings.loraScale);
    const wanted = nn.oneHot(batch.targets, config.vocabulary).mul(np.expandDims(batch.weights.ref, -1));
    const crossEntropy = np.sum(nn.logSoftmax(student.ref).mul(wanted)).neg();
    if (!teaching) return crossEntropy;
    const soft = (x: JaxArray) => nn.logSoftmax(x.mul(1 / temperature));
    const said = soft(logits(jax, teaching, teacher, batch.ids));
    const apart = np.exp(said.ref).mul(said.sub(soft(student)));
    const divergence = np.sum(apart.mul(np.expandDims(batch.weights, -1))).mul(temperature ** 2);
    return crossEntropy.mul(0.5).add(divergence.mul(0.5));
  };
}

/** A step: value and gradient, clipping by the norm of all, AdamW. `now` [3]: rate and both bias corrections. */
export function compiledStep(jax: Jax, config: ModelConfig, settings: Settings, teaching?: ModelConfig) {
  const { numpy: np } = jax;
  const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = settings;
  const differentiate = jax.valueAndGrad(lossOf(jax, config, settings, teaching));
  return jax.jit(
    (adapter: Arrays, first: Arrays, second: Arrays, w: Arrays, teacher: Arrays, batch: Batch, now: JaxArray) => {
      const [loss, gradients] = differentiate(adapter, w, batch, teacher) as [JaxArray, Arrays];
      const names = Object.keys(adapter);
      const squares = names.map((name) => np.sum(np.square(gradients[name]!.ref)));
      const norm = np.sqrt(squares.reduce((sum, square) => sum.add(square)));
      const clip = np.minimum(1, np.array(maxGradNorm).div(norm));
      const [rate, correct1, correct2] = np.split(now, 3) as [JaxArray, JaxArray, JaxArray];
      const next: { adapter: Arrays; first: Arrays; second: Arrays } = { adapter: {}, first: {}, second: {} };
      for (const name of names) {
        const gradient = gradients[name]!.mul(clip.ref);
        const m = first[name]!.mul(beta1).add(gradient.ref.mul(1 - beta1));
        const v = second[name]!.mul(beta2).add(np.square(gradient).mul(1 - beta2));
        const move = m.ref.div(correct1.ref).div(np.sqrt(v.ref.div(correct2.ref)).add(epsilon));
        const before = adapter[name]!;
        next.adapter[name] = before.ref.sub(rate.ref.mul(move.add(before.mul(weightDecay))));
        next.first[name] = m;
        next.second[name] = v;
      }
      return { ...next, loss };
    },
  );
}
