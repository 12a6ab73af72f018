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
  private readonly listen: (progress: DownloadProgress) => void;
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(
    model: HubModel,
    there: readonly { readonly bytes: number }[],
    now: () => number,
    listen: (progress: DownloadProgress) => void,
  ) {
    this.model = model;
    this.have = there.map(({ bytes }, i) => Math.min(bytes, model.files[i]?.bytes ?? 0));
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
        if (bytes === file.bytes) this.tell(state, file);
        else this.later ??= setTimeout(() => this.tell(state, file), tellEvery);
      },
      state: (next: DownloadProgress['state']): void => {
        state = next;
        this.tell(state, file);
      },
    };
  }

  /** Nothing is told after the end. */
  end(): void {
    clearTimeout(this.later);
    this.later = undefined;
  }

  private tell(state: DownloadProgress['state'], { path }: HubFile): void {
    this.end();
    const { name, bytes: total } = this.model;
    const done = total - this.left();
    const bytesPerSecond = this.speed.perSecond();
    this.listen({ state, key: keyOf(this.model), name, file: path, done, total, bytesPerSecond });
  }
}
