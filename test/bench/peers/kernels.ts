/** Single operations at the shapes of Qwen2.5-0.5B and 3B, ours and those that other libraries make of the same formula. */
import * as attention from '../../../src/engine/ops/attention';
import * as linear from '../../../src/engine/ops/linear';
import * as lora from '../../../src/engine/ops/lora';
import * as loss from '../../../src/engine/ops/loss';
import {
  inputs,
  type Machine,
  ofJax,
  ofOnnx,
  ofTensorFlow,
  ours,
  rightOnes,
  type Scalar,
  type TfTensor,
  transposed,
} from './contenders';
import type { Job } from './contest';
import type { JaxArray } from './jaxQwen2';

/** y = x Wᵀ, and dx = dy W; our weights are bf16, theirs the same values in f32. */
export async function matmuls(
  machine: Machine,
  rows: number,
  [inputsOf, outputs]: readonly [number, number],
): Promise<Job[]> {
  const { b, jax, tf } = machine;
  const x = inputs(machine, 'x', [rows, inputsOf], 1);
  const dy = inputs(machine, 'dy', [rows, outputs], 2);
  const w = inputs(machine, 'w', [outputs, inputsOf], 3, true);
  const [y, dx] = [b.f32('y', [rows, outputs]), b.f32('dx', [rows, inputsOf])];
  const part = { weight: w.ours, y, dy: dy.ours };
  const jobs = [
    {
      name: `x Wᵀ ${rows}×${inputsOf}→${outputs}`,
      ours: () => linear.forward(b.rec, { x: x.ours, rows }, [part]),
      jax: ofJax(machine, (left, right) => jax.numpy.matmul(left, jax.numpy.transpose(right)), [x.jax, w.jax]),
      tf: ofTensorFlow(machine, () => tf.matMul(x.tf, w.tf, false, true)),
      ort: () => ofOnnx(machine, x.values, [rows, inputsOf, outputs], transposed(w.values, inputsOf)),
      made: y,
    },
    {
      name: `dy W ${rows}×${outputs}→${inputsOf}`,
      ours: () => linear.backward(b.rec, { rows, dropout: 0, accumulate: false }, [part], dx),
      jax: ofJax(machine, (left, right) => jax.numpy.matmul(left, right), [dy.jax, w.jax]),
      tf: ofTensorFlow(machine, () => tf.matMul(dy.tf, w.tf)),
      ort: () => ofOnnx(machine, dy.values, [rows, outputs, inputsOf], w.values),
      made: dx,
    },
  ];
  const made: Job[] = [];
  for (const { name, ours: record, jax: second, tf: third, ort: fourth, made: tensor } of jobs) {
    record();
    const expected = await b.read(tensor);
    const others = await rightOnes(name, expected, [second, third, ...(await fourth())]);
    made.push({ name, flops: 2 * rows * inputsOf * outputs, contenders: [ours(machine, record), ...others] });
  }
  return made;
}

/** Both gradients of an adapter of rank 8: tᵀ x and dyᵀ u. */
export async function adapterGradients(
  machine: Machine,
  rows: number,
  [inputsOf, outputs]: readonly [number, number],
): Promise<Job> {
  const { b, jax, tf } = machine;
  const rank = 8;
  const x = inputs(machine, 'x', [rows, inputsOf], 1);
  const dy = inputs(machine, 'dy', [rows, outputs], 2);
  const [t, u] = [inputs(machine, 't', [rows, rank], 3), inputs(machine, 'u', [rows, rank], 4)];
  const adapter = { a: b.f32('a', [rank, inputsOf]), b: b.f32('b', [outputs, rank]), rank, scale: 1 };
  const grads = { a: b.f32('da', [rank, inputsOf]), b: b.f32('db', [outputs, rank]) };
  const part = { adapter, seed: 0, dy: dy.ours, u: u.ours, t: t.ours, grads };
  const record = () => lora.gradients(b.rec, { x: x.ours, rows, dropout: 0, accumulate: false }, [part]);
  const { numpy: np } = jax;
  // The two gradients end to end: one result to wait for.
  const second = ofJax(
    machine,
    (tt, xx, dd, uu) =>
      np.concatenate([np.ravel(np.matmul(np.transpose(tt), xx)), np.ravel(np.matmul(np.transpose(dd), uu))]),
    [t.jax, x.jax, dy.jax, u.jax],
  );
  const third = ofTensorFlow(machine, () =>
    tf.concat([
      tf.reshape(tf.matMul(t.tf, x.tf, true, false), [-1]),
      tf.reshape(tf.matMul(dy.tf, u.tf, true, false), [-1]),
    ]),
  );
  record();
  const expected = [...(await b.read(grads.a)), ...(await b.read(grads.b))];
  const flops = 2 * rows * rank * (inputsOf + outputs);
  const name = `dA, dB ${rows}×${inputsOf}→${outputs}`;
  return { name, flops, contenders: [ours(machine, record), ...(await rightOnes(name, expected, [second, third]))] };
}

/** KL(teacher ‖ student) at temperature 2, times 4, a mean over the rows, and its gradient. */
export async function divergence(machine: Machine, rows: number, vocabulary: number): Promise<Job> {
  const { b, jax, tf } = machine;
  const temperature = 2;
  const student = inputs(machine, 'student', [rows, vocabulary], 1);
  const teacher = inputs(machine, 'teacher', [rows, vocabulary], 2);
  const logits = b.f32('logits', [rows, vocabulary]);
  const stats = b.f32('stats', [rows, loss.STATS]);
  const ones = b.u32('compared', new Array<number>(rows).fill(1));
  const none = b.u32('targets', new Array<number>(rows).fill(0xffffffff));
  const record = () => {
    // The gradient takes the place of the logits.
    b.rec.copy(student.ours, logits);
    loss.distill(
      b.rec,
      { logits, stride: vocabulary, vocabulary, targets: none, rows, gradient: true },
      {
        teacher: teacher.ours,
        teacherStride: vocabulary,
        compared: ones,
        kind: 'forward-kl',
        jsdBeta: 0.5,
        temperature,
        divergenceScale: temperature ** 2,
        crossEntropyWeight: 0,
        divergenceWeight: 1 / rows,
      },
      stats,
    );
  };
  const scale = temperature ** 2 / rows;
  const { numpy: np, nn } = jax;
  const jaxLoss = (s: JaxArray, t: JaxArray) => {
    const [ofStudent, ofTeacher] = [nn.logSoftmax(s.mul(1 / temperature)), nn.logSoftmax(t.mul(1 / temperature))];
    return np.sum(np.exp(ofTeacher.ref).mul(ofTeacher.sub(ofStudent))).mul(scale);
  };
  const second = ofJax(machine, (s, t) => jax.grad(jaxLoss)(s, t), [student.jax, teacher.jax]);
  const third = ofTensorFlow(machine, () => {
    const logs = (x: TfTensor) => tf.logSoftmax(tf.mul(x, 1 / temperature));
    const ofTeacher = logs(teacher.tf);
    const tfLoss = (x: TfTensor): Scalar =>
      tf.mul(tf.sum(tf.mul(tf.exp(ofTeacher), tf.sub(ofTeacher, logs(x)))), scale);
    return tf.grad(tfLoss)(student.tf);
  });
  record();
  const expected = await b.read(logits);
  const name = `KL and gradient ${rows}×${vocabulary}`;
  return {
    name,
    // An exponential and a few operations an element of each.
    flops: 20 * rows * vocabulary,
    contenders: [ours(machine, record), ...(await rightOnes(name, expected, [second, third]))],
  };
}

/** Causal attention of one row, forward and the gradients of q, k and v. */
export async function attentions(
  machine: Machine,
  tokens: number,
  { heads, kvHeads, headDim }: { heads: number; kvHeads: number; headDim: number },
): Promise<Job> {
  const { b, jax, tf } = machine;
  const [wide, narrow] = [heads * headDim, kvHeads * headDim];
  const [q, k, v] = [
    inputs(machine, 'q', [tokens, wide], 1),
    inputs(machine, 'k', [tokens, narrow], 2),
    inputs(machine, 'v', [tokens, narrow], 3),
  ];
  const dOut = inputs(machine, 'dOut', [tokens, wide], 4);
  const each = (value: (t: number) => number) => Array.from({ length: tokens }, (_, t) => value(t));
  const a = {
    ...{ q: q.ours, k: k.ours, v: v.ours, queries: tokens, keys: tokens, prefix: 0, heads, kvHeads, headDim },
    ...{
      keyStart: b.u32(
        'keyStart',
        each(() => 0),
      ),
      keyEnd: b.u32(
        'keyEnd',
        each((t) => t + 1),
      ),
    },
    pairs: (tokens * (tokens + 1)) / 2,
  };
  const seenBy = b.u32(
    'seenBy',
    each((t) => t).flatMap((t) => [t, tokens]),
  );
  const [out, stats] = [b.f32('out', [tokens, wide]), b.f32('stats', [tokens, heads, 2])];
  const [dq, dk, dv] = [b.f32('dq', [tokens, wide]), b.f32('dk', [tokens, narrow]), b.f32('dv', [tokens, narrow])];
  const record = () => {
    attention.forward(b.rec, a, out, stats);
    attention.backward(b.rec, a, { seenBy, out, stats }, dOut.ours, { dq, dk, dv });
  };
  const { numpy: np, nn } = jax;
  const jaxLoss = (qq: JaxArray, kk: JaxArray, vv: JaxArray, dd: JaxArray) => {
    const split = (x: JaxArray, of: number) => np.reshape(x, [1, tokens, of, headDim]);
    const made = nn.dotProductAttention(split(qq, heads), split(kk, kvHeads), split(vv, kvHeads), { isCausal: true });
    return np.sum(np.reshape(made, [tokens, wide]).mul(dd));
  };
  const second = ofJax(
    machine,
    (...all) => {
      const gradients = jax.grad(jaxLoss, { argnums: [0, 1, 2] })(...(all as Parameters<typeof jaxLoss>));
      return np.concatenate(gradients.map((gradient) => np.ravel(gradient)));
    },
    [q.jax, k.jax, v.jax, dOut.jax],
  );
  const group = heads / kvHeads;
  const causal = tf.tensor2d(each((t) => t).map((t) => each((s) => (s <= t ? 0 : -1e9))));
  const tfHeads = (x: TfTensor, of: number) => tf.transpose(tf.reshape(x, [tokens, of, headDim]), [1, 0, 2]);
  const shared = (x: TfTensor) =>
    tf.reshape(tf.tile(tf.expandDims(tfHeads(x, kvHeads), 1), [1, group, 1, 1]), [heads, tokens, headDim]);
  const tfLoss = (...[qq, kk, vv]: TfTensor[]): Scalar => {
    const products = tf.matMul(tfHeads(qq!, heads), shared(kk!), false, true);
    const shares = tf.softmax(tf.add(tf.mul(products, 1 / Math.sqrt(headDim)), causal));
    const made = tf.transpose(tf.matMul(shares, shared(vv!)), [1, 0, 2]);
    return tf.sum(tf.mul(tf.reshape(made, [tokens, wide]), dOut.tf));
  };
  const third = ofTensorFlow(machine, () =>
    tf.concat(
      tf
        .grads(tfLoss)([q.tf, k.tf, v.tf])
        .map((gradient) => tf.reshape(gradient, [-1])),
    ),
  );
  record();
  const expected = [...(await b.read(dq)), ...(await b.read(dk)), ...(await b.read(dv))];
  const name = `attention ${tokens}, ${heads}/${kvHeads}×${headDim}`;
  return {
    name,
    flops: 2 * 7 * headDim * heads * a.pairs,
    contenders: [ours(machine, record), ...(await rightOnes(name, expected, [second, third]))],
  };
}
