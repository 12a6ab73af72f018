/** One count of bytes for all files of a download, told now and then. */
import { keyOf } from './records';
import { Speed } from './speed';
import type { Listener } from './transfer';
import type { DownloadProgress, HubFile, HubModel } from './types';

/** Told at most this often, milliseconds. */
const tellEvery = 100;

export class Progress {
  private readonly model: HubModel;
  private readonly have: number[];
  private readonly speed: Speed;
  private readonly now: () => number;
  private readonly listen: (progress: DownloadProgress) => void;
  private told = Number.NEGATIVE_INFINITY;

  constructor(
    model: HubModel,
    there: readonly { readonly bytes: number }[],
    now: () => number,
    listen: (progress: DownloadProgress) => void,
  ) {
    this.model = model;
    this.have = there.map(({ bytes }, i) => Math.min(bytes, model.files[i]?.bytes ?? 0));
    this.now = now;
    this.speed = new Speed(now);
    this.listen = listen;
  }

  left(): number {
    return this.model.bytes - this.have.reduce((sum, bytes) => sum + bytes, 0);
  }

  of(file: HubFile, index: number): Listener {
    let state: DownloadProgress['state'] = 'fetching';
    return {
      at: (bytes: number, fetched: number): void => {
        this.have[index] = bytes;
        this.speed.add(fetched);
        const whole = bytes === file.bytes;
        if (whole || this.now() - this.told >= tellEvery) this.tellNow(state, file);
      },
      state: (next: DownloadProgress['state']): void => {
        state = next;
        this.tellNow(state, file);
      },
    };
  }

  private tellNow(state: DownloadProgress['state'], { path }: HubFile): void {
    this.told = this.now();
    const { name, bytes: total } = this.model;
    const done = total - this.left();
    const bytesPerSecond = this.speed.perSecond();
    this.listen({ state, key: keyOf(this.model), name, file: path, done, total, bytesPerSecond });
  }
}
