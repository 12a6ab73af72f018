/** The graphics card as the engine holds it: opened once, watched over, and missing until then. */
import type { AdapterFacts } from './gpu/device';
import type { Gpu } from './gpu/gpu';
import type { Storage } from './hub/directory';
import type { Kernels } from './kernels';
import { type Opened, openGpu } from './opening';
import { StudioError } from './studioError';

export class Card {
  /** Resolves with the reason when the GPU is gone. */
  readonly lost: Promise<string>;
  private tellLost: (reason: string) => void = () => {};
  private readonly offered: GPU | undefined;
  private readonly storage: Storage;
  private opened: Opened | undefined;

  constructor(offered: GPU | undefined, storage: Storage) {
    this.offered = offered;
    this.storage = storage;
    this.lost = new Promise((resolve) => {
      this.tellLost = resolve;
    });
  }

  /** `failed` is told of every command that the GPU refuses. Rejects as `openGpu`. */
  async open(failed: (error: StudioError) => void): Promise<AdapterFacts> {
    this.opened = await openGpu(this.offered, this.storage, { lost: this.tellLost, failed });
    return this.opened.facts;
  }

  /** Whatever is computed on it ends, as when it is taken away. */
  lose(reason: string): void {
    this.tellLost(reason);
    this.opened?.gpu.device.destroy();
  }

  /** Throws a StudioError `no-adapter` before it is opened. */
  get gpu(): Gpu {
    return this.need().gpu;
  }

  get kernels(): Kernels {
    return this.need().kernels;
  }

  /** It has done everything that was asked of it so far, or is gone. */
  async settled(): Promise<void> {
    await this.opened?.gpu.device.queue.onSubmittedWorkDone().catch(() => {});
  }

  private need(): Opened {
    if (!this.opened) throw new StudioError('no-adapter', 'The graphics card has not been opened.');
    return this.opened;
  }
}
