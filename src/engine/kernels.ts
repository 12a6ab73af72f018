/** The choice of matmul kernels over visits: measured once per adapter and shape, remembered, and a person's to change. */
import { type Bench, type Choices, readChoices, readWishes, writeChoices, writeWishes } from './choices';
import { type Clock, patient } from './gpu/clock';
import type { AdapterFacts } from './gpu/device';
import type { Gpu } from './gpu/gpu';
import type { Directory } from './hub/directory';
import { tune } from './model/tune';
import type { Model } from './model/weights';
import type { KernelReport, KernelRequest } from './studio';
import { StudioError } from './studioError';

/** Milliseconds that a model may take longer for it each time. */
const BUDGET = 2000;

export class Kernels {
  private readonly gpu: Gpu;
  private readonly software: boolean;
  private readonly bench: Bench;
  private readonly storage: () => Promise<Directory>;
  private readonly clock: Clock;
  private recalled: Promise<void> | undefined;
  /** Whether something was still compiling when it was to be measured. */
  private late = false;

  /** `storage` may reject where nothing can be remembered. */
  constructor(gpu: Gpu, facts: AdapterFacts, storage: () => Promise<Directory>, clock: Clock) {
    this.gpu = gpu;
    this.software = facts.software;
    this.bench = { adapter: benchOf(facts), digest: gpu.digest('linear') };
    this.storage = storage;
    this.clock = clock;
  }

  /** For a model that was just loaded. On a CPU adapter, where compiling the trials takes longest, only when asked. */
  async prepare(model: Model): Promise<void> {
    await this.recall();
    if (!this.software && (await this.learn([model]))) await this.remember();
  }

  /** Measures what was still compiling when the time was over, once: for the models that are loaded, before they compute anything. */
  async catchUp(models: readonly Model[]): Promise<void> {
    if (!this.late) return;
    const learnt = await this.learn(models);
    this.late = false;
    if (learnt) await this.remember();
  }

  /** Rejects with `wish-not-kept` where it would be forgotten before it can be granted. */
  async change({ force, measure, matrices }: KernelRequest, models: readonly Model[]): Promise<KernelReport> {
    await this.recall();
    if (matrices !== undefined) await this.wish(matrices);
    const { variants } = this.gpu;
    const before = variants.forced;
    if (force !== undefined) variants.forced = force === 'automatic' ? undefined : force;
    const learnt = measure === true && (await this.learnAnew(models));
    if (learnt || variants.forced !== before) await this.remember();
    return this.report();
  }

  /** What computes from now on, to be taken again where the same bits are wanted. */
  async choices(): Promise<Bench & Choices> {
    await this.recall();
    const { forced, timings } = this.gpu.variants;
    return { ...this.bench, forced, timings };
  }

  /** Those of another adapter, or of other kernels, say nothing here. */
  async take({ adapter, digest, forced, timings }: Bench & Choices): Promise<void> {
    await this.recall();
    if (adapter !== this.bench.adapter || digest !== this.bench.digest) return;
    const { variants } = this.gpu;
    variants.forced = forced;
    variants.forget();
    for (const timing of timings) variants.learn(timing);
    // Whoever takes these wants no others.
    this.late = false;
  }

  private async report(): Promise<KernelReport> {
    const { forced, usable, timings } = this.gpu.variants;
    const { matrices } = await readWishes(this.storage);
    return { forced: forced && usable.includes(forced) ? forced : 'automatic', variants: usable, timings, matrices };
  }

  private async wish(matrices: boolean): Promise<void> {
    await writeWishes(this.storage, { matrices });
    if ((await readWishes(this.storage)).matrices === matrices) return;
    const message =
      'The choice cannot be kept until the page is loaded again: the browser gives this page no storage of its own. Leave the private window, or allow site data.';
    throw new StudioError('wish-not-kept', message);
  }

  /** A product that is not measured again, for want of time, memory or its model, keeps the times that it has. */
  private async learnAnew(models: readonly Model[]): Promise<boolean> {
    const { variants } = this.gpu;
    const before = variants.timings;
    variants.forget();
    try {
      // A person who asks for it waits for the compiler too.
      return await this.learn(models, patient(this.clock));
    } finally {
      for (const timing of before) if (!variants.knows(timing.product, timing)) variants.learn(timing);
    }
  }

  /** Whether there was anything to learn. */
  private async learn(models: readonly Model[], clock = this.clock): Promise<boolean> {
    const { variants } = this.gpu;
    const before = variants.timings.length;
    for (const model of models) {
      if ((await tune(this.gpu, model, BUDGET, clock)) === 'late') this.late = true;
    }
    return variants.timings.length > before;
  }

  private recall(): Promise<void> {
    this.recalled ??= readChoices(this.storage, this.bench).then((choices) => {
      this.gpu.variants.forced = choices?.forced;
      for (const timing of choices?.timings ?? []) this.gpu.variants.learn(timing);
    });
    return this.recalled;
  }

  private remember(): Promise<void> {
    const { forced, timings } = this.gpu.variants;
    return writeChoices(this.storage, this.bench, { forced, timings });
  }
}

/** With units for matrices it is another adapter: what was fastest without them need not be. */
function benchOf({ vendor, architecture, description, matrices }: AdapterFacts): string {
  return [vendor, architecture, description, ...(matrices === 'on' ? ['units for matrices'] : [])].join(' · ');
}
