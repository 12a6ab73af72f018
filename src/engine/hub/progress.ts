/** One count of bytes for all files of a download, told now and then. */
import { Pulse } from './pulse';
import { keyOf } from './records';
import { Speed } from './speed';
import type { Listener } from './transfer';
import type { DownloadProgress, HubFile, HubModel } from './types';

export class Progress {
  private readonly model: HubModel;
  private readonly have: number[];
  private readonly speed: Speed;
  private readonly listen: (progress: DownloadProgress) => void;
  private readonly pulse = new Pulse(() => this.tell());
  private state: DownloadProgress['state'] = 'fetching';
  private file: string | undefined;

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
    return {
      at: (bytes, fetched) => {
        this.have[index] = bytes;
        this.speed.add(fetched);
        if (bytes === file.bytes) this.pulse.now();
        else this.pulse.soon();
      },
      state: (next) => {
        this.state = next;
        this.file = file.path;
        this.pulse.now();
      },
    };
  }

  /** Nothing is told after the end. */
  end(): void {
    this.pulse.end();
  }

  private tell(): void {
    const { state, file, model } = this;
    const done = model.bytes - this.left();
    const bytesPerSecond = this.speed.perSecond();
    this.listen({ state, key: keyOf(model), name: model.name, file, done, total: model.bytes, bytesPerSecond });
  }
}
