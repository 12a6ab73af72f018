/** Whole optimizer steps on the demo pair: ours, packed and with what it saves, and the same step as jax-js makes it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenRow } from '../../../src/engine/data/examples';
import { blobSource } from '../../../src/engine/formats/folder';
import { openSafetensors } from '../../../src/engine/formats/safetensors';
import { loadModel } from '../../../src/engine/model/loaded';
import { allocateAdapter, downloadPairs, initializeAdapter } from '../../../src/engine/model/lora';
import type { Role } from '../../../src/engine/studio';
import { measureAnswers } from '../../../src/engine/train/answers';
import { distill } from '../../../src/engine/train/distill';
import { layoutFor, runSizes } from '../../../src/engine/train/objective';
import { sft } from '../../../src/engine/train/sft';
import { Trainer } from '../../../src/engine/train/trainer';
import { demoModel, demoRecipe, demoTokenRows } from '../../support/demoPair';
import { inTurn, type Machine } from './contenders';
import type { Job } from './contest';
import { type Arrays, type Batch, compiledStep, type JaxArray } from './jaxQwen2';

const models = join(import.meta.dirname, '../../../public/models');
const recipe = demoRecipe(42);
const STEPS = 3;

/** A step on the eight rows that begin at the demo's 2,000th; no dropout, a constant rate. */
export async function trainingStep(machine: Machine, trained: Role): Promise<Job> {
  const { b, jax } = machine;
  const distils = trained === 'student';
  const loaded = await loadModel(b.gpu, demoModel(trained));
  const teacher = distils ? await loadModel(b.gpu, demoModel('teacher')) : undefined;
  const rows = (await demoTokenRows(loaded, recipe, 'train')).slice(2000, 2008);
  const training = { ...(distils ? recipe.distill : recipe.sft), learningRate: 1e-3 };
  const adapter = allocateAdapter(b.arena, loaded.base, recipe.lora, 'adapter');
  initializeAdapter(b.gpu, adapter, 1);
  const pairs = await downloadPairs(b.gpu, adapter);
  const layout = layoutFor(recipe, loaded.tokenizer, distils);
  const sizes = runSizes(rows, rows.length, layout);
  const settings = { training, dropout: 0, seed: 0, vocabulary: loaded.base.config.vocabulary, layout };
  const trainer = new Trainer(b.gpu, b.arena, loaded.base, adapter, sizes, settings);
  const objective = teacher ? distill(b.arena, teacher.base, recipe.distill, sizes, trainer.chunk) : sft;
  let step = 0;
  let flops = 0;
  const ours = async () => {
    const { report: coming, labels, work } = await trainer.step(objective, [rows], step, training.learningRate);
    const report = await coming;
    step += 1;
    flops = work.total.flops;
    return objective.combine(report.crossEntropy / labels, report.divergence / labels);
  };

  const compiled = compiledStep(
    jax,
    loaded.base.config,
    { ...training, loraScale: recipe.lora.alpha / recipe.lora.rank, temperature: recipe.distill.temperature },
    teacher?.base.config,
  );
  const weights = await checkpoint(machine, trained);
  const taught = teacher ? await checkpoint(machine, 'teacher') : {};
  const batch = padded(machine, rows);
  const values = [...pairs].flatMap(([name, { a, b: down, rank }]): [string, JaxArray][] => [
    [`${name}.A`, jax.numpy.array(a, { shape: [rank, a.length / rank] })],
    [`${name}.B`, jax.numpy.array(down, { shape: [down.length / rank, rank] })],
  ]);
  const zeros = () => Object.fromEntries(values.map(([name, value]) => [name, jax.numpy.zeros(value.shape)]));
  let state = { adapter: Object.fromEntries(values), first: zeros(), second: zeros() };
  let taken = 0;
  const theirs = async () => {
    taken += 1;
    const corrections = [training.beta1, training.beta2].map((beta) => 1 - beta ** taken);
    const now = jax.numpy.array(Float32Array.of(training.learningRate, ...corrections));
    const kept = (arrays: Arrays) => jax.tree.ref(arrays);
    const { loss, ...next } = compiled(
      ...[state.adapter, state.first, state.second, kept(weights), kept(taught)],
      kept(batch) as Batch,
      now,
    );
    state = next;
    await jax.blockUntilReady(next);
    return (await loss.data())[0]!;
  };

  for (let i = 0; i < STEPS; i++) {
    const [own, other] = [await ours(), await theirs()];
    console.log(`${trained}, step ${i + 1}: loss ${own.toFixed(6)}, of jax-js ${other.toFixed(6)}`);
    if (!(Math.abs(own / other - 1) < 1e-3)) throw new Error('the losses differ: not the same step');
  }
  return {
    name: distils ? 'distillation step, demo pair' : 'SFT step, demo teacher',
    flops,
    contenders: [inTurn('Distillery', ours), inTurn('jax-js', theirs)],
  };
}

/** The demo's 290 test questions, answered as an evaluation does it. None of the peers decodes with a cache. */
export async function decoding({ b }: Machine): Promise<Job> {
  const loaded = await loadModel(b.gpu, demoModel('teacher'));
  const rows = await demoTokenRows(loaded, recipe, 'test');
  const candidate = { model: loaded.base, adapter: undefined };
  const watch = { boundary: async () => 'go' as const, progress: () => {} };
  const run = () => measureAnswers(b.gpu, candidate, loaded.tokenizer, rows, recipe, watch);
  return { name: `decoding ${rows.length} prompts, demo teacher`, contenders: [inTurn('Distillery', run)] };
}

/** The checkpoint in f32. */
async function checkpoint({ jax }: Machine, role: Role): Promise<Arrays> {
  const bytes = readFileSync(join(models, role, 'model.safetensors'));
  const { tensors } = await openSafetensors(blobSource('model.safetensors', new Blob([bytes])));
  const arrays: Arrays = {};
  for (const [name, { start, end, shape }] of tensors) {
    const halves = new Uint16Array(new Uint8Array(bytes.subarray(start, end)).buffer);
    const floats = new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
    arrays[name] = jax.numpy.array(floats, { shape: [...shape] });
  }
  return arrays;
}

/** Rows side by side, filled up at the end: what is filled scores nothing, and nothing sees it. */
function padded({ jax }: Machine, rows: readonly TokenRow[]): Batch {
  const length = Math.max(...rows.map(({ prompt, answer }) => prompt.length + answer.length - 1));
  const labels = rows.reduce((sum, { answer }) => sum + answer.length, 0);
  const size = rows.length * length;
  const [ids, targets, weights] = [new Int32Array(size), new Int32Array(size), new Float32Array(size)];
  for (const [row, { prompt, answer }] of rows.entries()) {
    const tokens = [...prompt, ...answer];
    for (let t = 0; t + 1 < tokens.length; t++) {
      const at = row * length + t;
      ids[at] = tokens[t]!;
      targets[at] = tokens[t + 1]!;
      weights[at] = t + 1 >= prompt.length ? 1 / labels : 0;
    }
  }
  const array = (values: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>) =>
    jax.numpy.array(values, { shape: [rows.length, length] });
  return { ids: array(ids), targets: array(targets), weights: array(weights) };
}
