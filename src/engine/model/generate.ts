/**
 * Decoding for many prompts at once with a key/value cache; the prompts' common prefix is computed and kept once.
 * Token ids in, token ids out: nothing here knows text.
 */
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import { GpuRecorder } from '../gpu/recorder';
import { download, upload } from '../gpu/transfer';
import * as sample from '../ops/sample';
import { StudioError } from '../studioError';
import type { Watch } from '../watch';
import { type TokenTensors, uploadPicked } from './batch';
import { type DecodePlan, decodeGroups, planDecoding } from './decodePlan';
import { allocateDecoding, type DecodeSpace } from './decodeSpace';
import * as head from './head';
import type { LoraAdapter } from './lora';
import * as transformer from './transformer';
import type { Model } from './weights';
import type { Workspace } from './workspace';

export interface GenerateOptions {
  readonly maxNewTokens: number;
  /** Any of these ends an answer; they are not part of it. */
  readonly endTokens: readonly number[];
  readonly sampling: sample.Sampling;
  readonly adapter?: LoraAdapter | undefined;
  /**
   * Asked between decoding steps; answers so far are returned when it says stop. Its progress is in prompts, a decoding
   * step of a group counting as its share.
   */
  readonly watch?: Watch | undefined;
  /** Told every token of an answer, with its prompt's index, as soon as it is chosen: every step then waits for the GPU. */
  readonly onToken?: ((prompt: number, token: number) => void) | undefined;
}

/** Decoding steps between two looks at which rows have finished. */
const LOOK_EVERY = 2;

/** Finished rows are dropped when no more than this share is left: moving the others costs a readback. */
const FEW = 0.75;

/** The continuation of every prompt, without its end token; empty for those not reached. Throws when a prompt is empty. */
export async function generate(
  gpu: Gpu,
  model: Model,
  prompts: readonly Uint32Array[],
  options: GenerateOptions,
): Promise<Uint32Array[]> {
  const answers = prompts.map((): Uint32Array => new Uint32Array());
  let done = 0;
  for (const group of decodeGroups(model.config, prompts, options.maxNewTokens)) {
    if ((await options.watch?.boundary()) === 'stop') break;
    const arena = new Arena(gpu.device, 'generate');
    let decoder: Decoder | undefined;
    try {
      const made = await withMemoryCheck(gpu.device, noMemory, () => {
        decoder = new Decoder(gpu, arena, model, { prompts, group }, options);
        return decoder;
      });
      const tell = (share: number) => options.watch?.progress(done + Math.floor(share * group.length), prompts.length);
      for (const [at, answer] of (await made.run(tell)).entries()) answers[group[at]!] = answer;
    } finally {
      decoder?.destroy();
      arena.destroy();
    }
    done += group.length;
  }
  return answers;
}

function noMemory(reason: string): StudioError {
  const message =
    `The graphics card has not enough memory to generate answers (${reason}). ` +
    'Lower the most new tokens, or close what else uses the card. What was learnt is kept.';
  return new StudioError('generation-memory', message, { reason });
}

interface Asked {
  readonly prompts: readonly Uint32Array[];
  /** Those that are decoded together, by index. */
  readonly group: readonly number[];
}

class Decoder {
  private readonly gpu: Gpu;
  private readonly model: Model;
  private readonly prompts: readonly Uint32Array[];
  private readonly options: GenerateOptions;
  private readonly plan: DecodePlan;
  private readonly rec: GpuRecorder;
  private readonly space: Workspace;
  private readonly head: head.HeadSpace;
  private readonly prefill: TokenTensors;
  private readonly decode: TokenTensors;
  private readonly cache: DecodeSpace['cache'];
  private readonly picked: DecodeSpace['picked'];
  private readonly output: DecodeSpace['output'];
  private readonly answers: Uint32Array[];
  /** Each prompt's number among all that were asked for: what it draws depends neither on its group nor on its row. */
  private readonly streams: readonly number[];
  /** Prompts that are being continued: row r of everything that is decoded belongs to prompt active[r]. */
  private active: readonly number[];

  /** Takes its buffers from `arena`, which the caller frees. */
  constructor(gpu: Gpu, arena: Arena, model: Model, { prompts: all, group }: Asked, options: GenerateOptions) {
    const prompts = group.map((index) => all[index]!);
    const plan = planDecoding(prompts, options.maxNewTokens);
    const made = allocateDecoding(arena, model.config, plan, options.adapter?.settings.rank ?? 0);
    this.gpu = gpu;
    this.model = model;
    this.prompts = prompts;
    this.options = options;
    this.rec = new GpuRecorder(gpu);
    this.plan = plan;
    this.space = made.space;
    this.head = made.head;
    this.prefill = made.prefill;
    this.decode = made.decode;
    this.cache = made.cache;
    this.picked = made.picked;
    this.output = made.output;
    this.answers = prompts.map(() => new Uint32Array());
    this.streams = group;
    this.active = prompts.map((_, index) => index);
  }

  destroy(): void {
    this.rec.destroy();
  }

  async run(progress: (share: number) => void): Promise<Uint32Array[]> {
    progress(0);
    await this.prefillPrompts();
    await this.tellTokens();
    for (let step = 1; step < this.options.maxNewTokens; step++) {
      if (step % LOOK_EVERY === 0) await this.dropFinished();
      if (this.active.length === 0) break;
      if ((await this.options.watch?.boundary()) === 'stop') break;
      await this.decodeStep(step);
      await this.tellTokens();
      progress(step / this.options.maxNewTokens);
    }
    await this.collect(this.active.map(() => true));
    return this.answers;
  }

  private async prefillPrompts(): Promise<void> {
    const { gpu, plan: p, prefill, cache, output } = this;
    upload(gpu, prefill.ids, p.batch.ids);
    upload(gpu, prefill.positions, p.batch.positions);
    const [keyStart, keyEnd] = [this.cacheStarts(), p.slots.map((slot) => slot + 1)];
    upload(gpu, prefill.keyStart, keyStart);
    upload(gpu, prefill.keyEnd, keyEnd);
    upload(gpu, cache.slots, p.slots);
    uploadPicked(gpu, this.picked, p.lastToken, { positions: p.batch.positions, keyStart, keyEnd });
    upload(gpu, this.decode.keyStart, p.firstSlot);
    const width = output.history.shape[1]!;
    const history = new Uint32Array(this.prompts.length * width);
    for (const [row, prompt] of this.prompts.entries()) history.set(prompt, row * width);
    upload(gpu, output.history, history);
    upload(gpu, output.streams, Uint32Array.from(this.streams));
    upload(
      gpu,
      output.lengths,
      Uint32Array.from(this.prompts, (prompt) => prompt.length),
    );
    const { tokens, pairs } = p.batch;
    const seenByLast = this.prompts.reduce((sum, prompt) => sum + prompt.length, 0);
    const picked = { count: this.prompts.length, pairs: seenByLast, tensors: this.picked };
    this.record({ tokens, pairs, batch: prefill, picked }, 0, tokens);
    await this.rec.submit();
  }

  /** Per packed token, the first own cache slot of its sequence; 0 within the prefix. */
  private cacheStarts(): Uint32Array<ArrayBuffer> {
    const { batch, slots, firstSlot, capacity } = this.plan;
    return slots.map((slot) => (slot < batch.prefix ? 0 : firstSlot[Math.floor((slot - batch.prefix) / capacity)]!));
  }

  private async decodeStep(step: number): Promise<void> {
    const { gpu, plan: p, decode, prompts, active } = this;
    const positions = Uint32Array.from(active, (prompt) => prompts[prompt]!.length + step - 1);
    const slots = positions.map((position, row) => p.firstSlot[active[row]!]! + position - p.batch.prefix);
    upload(gpu, decode.positions, positions);
    upload(
      gpu,
      decode.keyEnd,
      slots.map((slot) => slot + 1),
    );
    upload(gpu, this.cache.slots, slots);
    const pairs = positions.reduce((sum, position) => sum + position + 1, 0);
    // The prefix is seen by every row, and is there once.
    const used = pairs - p.batch.prefix * (active.length - 1);
    this.record({ tokens: active.length, pairs, batch: decode }, step, used);
    await this.rec.submit();
  }

  /** Tokens that the last step chose; a row that has ended keeps its end token. */
  private async tellTokens(): Promise<void> {
    const { onToken, endTokens } = this.options;
    if (!onToken) return;
    const ids = new Uint32Array(await download(this.gpu, this.decode.ids, 4 * this.active.length));
    for (const [row, id] of ids.entries()) {
      if (!endTokens.includes(id)) onToken(this.streams[this.active[row]!]!, id);
    }
  }

  /** Layers, head and choice of the next token of every sequence. */
  private record(
    part: Pick<transformer.Pass, 'tokens' | 'pairs' | 'batch' | 'picked'>,
    step: number,
    used: number,
  ): void {
    const { rec, model, space, cache, options } = this;
    transformer.forward(rec, model, space, {
      ...part,
      prefix: this.plan.batch.prefix,
      adapter: options.adapter,
      cache: { ...cache, used },
    });
    const rows = this.active.length;
    head.forward(rec, model, this.head, space.last, { start: 0, rows });
    const { history, lengths, finished, streams } = this.output;
    sample.forward(rec, {
      logits: this.head.logits,
      vocabulary: model.config.vocabulary,
      rows,
      history,
      capacity: history.shape[1]!,
      lengths,
      finished,
      next: this.decode.ids,
      streams,
      endTokens: options.endTokens,
      step,
      sampling: options.sampling,
    });
  }

  /** Once enough rows have their end token, the others move together and go on alone. */
  private async dropFinished(): Promise<void> {
    const { active, output } = this;
    const flags = new Uint32Array(await download(this.gpu, output.finished, 4 * active.length));
    const finished = active.map((_, row) => flags[row] !== 0);
    const left = finished.filter((done) => !done).length;
    if (left > 0 && left > FEW * active.length) return;
    await this.collect(finished);
  }

  /** Takes the answers of the rows that are `done`, and closes their gaps. */
  private async collect(done: readonly boolean[]): Promise<void> {
    const { gpu, active, output, decode, prompts, plan } = this;
    const rows = active.length;
    if (rows === 0) return;
    const width = output.history.shape[1]!;
    const lengths = new Uint32Array(await download(gpu, output.lengths, 4 * rows));
    const history = new Uint32Array(await download(gpu, output.history, 4 * rows * width));
    const ids = new Uint32Array(await download(gpu, decode.ids, 4 * rows));
    const rowOf = (row: number) => history.subarray(row * width, (row + 1) * width);
    for (const [row, prompt] of active.entries()) {
      if (done[row]) this.answers[prompt] = rowOf(row).slice(prompts[prompt]!.length, lengths[row]!);
    }
    const kept = active.flatMap((_, row) => (done[row] ? [] : [row]));
    this.active = kept.map((row) => active[row]!);
    if (kept.length === 0) return;
    const moved = new Uint32Array(kept.length * width);
    for (const [to, row] of kept.entries()) moved.set(rowOf(row), to * width);
    const of = (values: Uint32Array) => Uint32Array.from(kept, (row) => values[row]!);
    upload(gpu, output.history, moved);
    upload(gpu, output.lengths, of(lengths));
    upload(gpu, output.finished, new Uint32Array(kept.length));
    upload(gpu, decode.ids, of(ids));
    upload(
      gpu,
      output.streams,
      Uint32Array.from(this.active, (prompt) => this.streams[prompt]!),
    );
    upload(
      gpu,
      decode.keyStart,
      Uint32Array.from(this.active, (prompt) => plan.firstSlot[prompt]!),
    );
  }
}
