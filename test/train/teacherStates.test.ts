/** A distilling teacher's final hidden states: kept on the card, in a file or not at all, the student learns the same. */
import { describe, expect, it } from 'vitest';
import { packBatch } from '../../src/engine/data/batches';
import type { TokenRow } from '../../src/engine/data/examples';
import { Arena } from '../../src/engine/gpu/arena';
import { allocateAdapter, initializeAdapter } from '../../src/engine/model/lora';
import { projections } from '../../src/engine/model/projections';
import type { StepMetrics } from '../../src/engine/studio';
import { Control } from '../../src/engine/train/control';
import { distill } from '../../src/engine/train/distill';
import { train } from '../../src/engine/train/loop';
import { runSizes } from '../../src/engine/train/objective';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { allocateStates, type ScratchFile, TeacherStates } from '../../src/engine/train/teacherStates';
import { Trainer } from '../../src/engine/train/trainer';
import { temporaryScratch } from '../../src/headless/scratch';
import { goldenRows } from '../model/goldens';
import { bench } from '../support/gpu';
import { readAdapter, tinyModel } from '../support/tinyModel';

const rows: TokenRow[] = goldenRows.slice(0, 8).map(({ prompt, answer }, index) => ({
  prompt: Uint32Array.from(prompt),
  answer: Uint32Array.from(answer),
  example: { line: index + 1, messages: [], question: '', answer: '' },
}));
const labels = rows.reduce((sum, { answer }) => sum + answer.length, 0);

/** A file in memory that has room for `most` bytes. */
function memoryFile(most = Number.POSITIVE_INFINITY) {
  const bytes = new Uint8Array(1 << 20);
  let end = 0;
  const file: ScratchFile = {
    read: (buffer, { at }) => {
      buffer.set(bytes.subarray(at, at + buffer.byteLength));
      return buffer.byteLength;
    },
    write: (buffer, { at }) => {
      if (at + buffer.byteLength > most) throw new DOMException('full', 'QuotaExceededError');
      bytes.set(buffer, at);
      end = Math.max(end, at + buffer.byteLength);
      return buffer.byteLength;
    },
  };
  return { file, size: () => end };
}

/** Three epochs of distillation; `again`: label positions that the card may keep. */
async function run(again: number, scratch?: ScratchFile, onSubmit = () => {}) {
  const b = await bench();
  const [model, teacher] = [await tinyModel(b.gpu, b.arena, 'student'), await tinyModel(b.gpu, b.arena, 'teacher')];
  const adapter = allocateAdapter(b.arena, model, { rank: 4, alpha: 8, targets: projections }, 'adapter');
  initializeAdapter(b.gpu, adapter, 1);
  const training = { ...defaultRecipe.distill, epochs: 3, batchSize: 3, learningRate: 5e-3, warmupSteps: 0 };
  const sizes = { ...runSizes(rows, 3, undefined, 3), again };
  const settings = { training, dropout: 0.1, seed: 5, vocabulary: model.config.vocabulary };
  const trainer = new Trainer(b.gpu, b.arena, model, adapter, sizes, settings);
  const objective = distill(b.arena, teacher, training, sizes, trainer.chunk, scratch);
  const steps: StepMetrics[] = [];
  const submit = trainer.step.bind(trainer);
  trainer.step = (...of) => {
    onSubmit();
    return submit(...of);
  };
  await train(trainer, objective, {
    ...{ rows, training, seed: 3, shuffle: true, control: new Control(() => {}), evaluateEvery: 0, inFlight: 2 },
    onStep: (metrics) => steps.push(metrics),
    evaluate: async () => {},
  });
  trainer.destroy();
  const flops = steps.map(({ work }) => work.flops);
  return { losses: steps.map(({ loss }) => loss), flops, adapter: await readAdapter(b.gpu, adapter) };
}

describe('three epochs of distillation', () => {
  it('are the same to the bit whether the teacher is asked again or not, wherever its states are kept', async () => {
    expect(runSizes(rows, 3, undefined, 3).again).toBe(labels);
    expect(runSizes(rows, 3).again).toBe(0);
    const anew = await run(0);
    const onCard = await run(labels);
    const file = memoryFile();
    const both = await run(Math.floor(labels / 3), file.file);
    const scratch = await temporaryScratch();
    const onDisk = await run(1, scratch.file);
    await scratch.close();
    for (const kept of [onCard, both, onDisk]) {
      expect(kept.losses).toEqual(anew.losses);
      expect(kept.adapter).toEqual(anew.adapter);
      // The first epoch asks, the others do not.
      for (const step of [3, 4, 5, 6, 7, 8]) expect(kept.flops[step]).toBeLessThan(0.8 * anew.flops[step]!);
      expect(kept.flops[1]).toBe(anew.flops[1]);
    }
    const hidden = 64;
    expect(file.size()).toBeGreaterThan(4 * hidden * (labels / 2));
    expect(file.size()).toBeLessThan(4 * hidden * labels);
  });

  it('keep two steps on their way while states are written, and have written all of an epoch before the next', async () => {
    const [events, { file }]: [string[], { file: ScratchFile }] = [[], memoryFile()];
    const write: ScratchFile['write'] = (...of) => {
      events.push('row');
      return file.write(...of);
    };
    await run(1, { ...file, write }, () => events.push('step'));
    expect(events.slice(0, 2)).toEqual(['step', 'step']);
    const nth = (count: number) => events.flatMap((event, i) => (event === 'step' ? i : []))[count - 1]!;
    // Three steps an epoch; of eight rows, the card has room for one with one label.
    expect(events.slice(0, nth(4)).filter((event) => event === 'row')).toHaveLength(7);
    expect(events.slice(nth(4))).not.toContain('row');
  });

  it('ask again for what neither card nor file have room for', async () => {
    const anew = await run(0);
    const some = await run(1, memoryFile(4 * 64 * Math.floor(labels / 2)).file);
    expect(some.losses).toEqual(anew.losses);
    const later = (flops: readonly number[]) => flops.slice(3).reduce((sum, step) => sum + step, 0);
    expect(later(some.flops)).toBeLessThanOrEqual(later(anew.flops));
    const lost = { ...memoryFile().file, read: () => 0 };
    const forgotten = await run(1, lost);
    expect(forgotten.losses).toEqual(anew.losses);
    expect(forgotten.flops).toEqual(anew.flops);
    const emptied: ScratchFile = {
      ...memoryFile().file,
      read: () => {
        throw new DOMException('gone', 'InvalidStateError');
      },
    };
    expect((await run(1, emptied)).losses).toEqual(anew.losses);
    const none = await run(1, memoryFile(0).file);
    expect(none.losses).toEqual(anew.losses);
    expect(none.flops).toEqual(anew.flops);
  });
});

describe('states on the card', () => {
  it('come back in any batch, across pages', async () => {
    const b = await bench();
    const arena = new Arena(b.gpu.device, 'states');
    const hidden = 4;
    const space = allocateStates(arena, hidden, labels);
    expect(space.pages).toHaveLength(1);
    // Pages of seven positions: most rows lie on two of them.
    const pages = Array.from({ length: Math.ceil(labels / 7) }, (_, i) => arena.tensor(`${i}`, [7, hidden]));
    const states = new TeacherStates({ hidden, perPage: 7, pages });
    const value = (row: TokenRow, i: number, k: number) => rows.indexOf(row) * 1000 + i * hidden + k;
    const flat = (of: readonly TokenRow[]) =>
      of.flatMap((row) => Array.from({ length: row.answer.length * hidden }, (_, i) => value(row, 0, i)));
    for (const group of [rows.slice(0, 3), rows.slice(3, 5), rows.slice(5)]) {
      const batch = packBatch(group);
      expect(states.has(batch)).toBe(false);
      states.keep(b.rec, batch, b.f32('from', [batch.labels, hidden], flat(group)));
      expect(states.has(batch)).toBe(true);
    }
    const other = [rows[6]!, rows[1]!, rows[4]!];
    const batch = packBatch(other);
    const to = b.f32('to', [batch.labels, hidden]);
    states.recall(b.rec, batch, to);
    expect([...(await b.read(to))]).toEqual(flat(other));
    arena.destroy();
  });

  it('take no more than the budget', () => {
    const taken: number[] = [];
    const paper = { name: 'paper', tensor: (_: string, [count]: readonly number[]) => void taken.push(count!) };
    allocateStates(paper as unknown as Arena, 2048, 1_000_000);
    expect(4 * 2048 * taken.reduce((sum, count) => sum + count, 0)).toBe(512 << 20);
    taken.length = 0;
    allocateStates(paper as unknown as Arena, 2048, 46_384);
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(46_384);
  });
});
