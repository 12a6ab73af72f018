/**
 * A device on paper: arenas on it take nothing and count everything, and so does its recorder. Plans and ledgers are made by
 * the functions that allocate and record, so they cannot drift apart.
 */
import { Arena, type MemorySource } from './arena';
import { type Scratch, scratchBytes } from './gpu';
import { type Dispatch, isEmpty, type Recorder } from './recorder';
import type { Tensor } from './tensor';
import { type Variant, Variants } from './variants';
import { Tally } from './work';

/** A tensor that one binding cannot hold, whatever memory is free. */
export interface TooLarge {
  /** Arena and name of the tensor. */
  readonly tensor: string;
  readonly bytes: number;
  readonly limit: number;
}

export class Paper implements MemorySource {
  /** Nothing is refused: what is too large is noted. */
  readonly limits = {
    maxStorageBufferBindingSize: Number.POSITIVE_INFINITY,
    maxBufferSize: Number.POSITIVE_INFINITY,
  };
  /** The largest tensor above the limit of one binding. */
  tooLarge: TooLarge | undefined;
  private readonly limit: number;

  /** `limit`: bytes of one binding on the device that is planned for. */
  constructor(limit: number) {
    this.limit = limit;
  }

  arena(name: string): Arena {
    return new Arena(this, name);
  }

  createBuffer({ label = '', size }: GPUBufferDescriptor): GPUBuffer {
    if (size > this.limit && size > (this.tooLarge?.bytes ?? 0)) {
      this.tooLarge = { tensor: label, bytes: size, limit: this.limit };
    }
    const nothing: Pick<GPUBuffer, 'label' | 'size' | 'destroy'> = { label, size, destroy: () => undefined };
    // Nobody computes with it: what is not there is never asked for.
    return nothing as GPUBuffer;
  }
}

/** Counts what a graphics card would compute; a CPU adapter may get it in more dispatches. */
export class PaperRecorder implements Recorder {
  readonly tally = new Tally();
  readonly software = false;
  readonly variants: Variants;

  /** `forced`: the kernels that multiply wherever they can. */
  constructor(forced?: Variant) {
    this.variants = Object.assign(new Variants(false, forced === 'matrices'), { forced });
  }

  scratch(name: Scratch): Tensor {
    // Nobody computes with it.
    return { name, dtype: 'f32', shape: [], buffer: {} as GPUBuffer, offset: 0, bytes: scratchBytes[name] };
  }

  dispatch(dispatch: Dispatch): void {
    const { stem, entry, work } = dispatch;
    if (!isEmpty(dispatch)) this.tally.add(`${stem}.${entry}`, work);
  }

  copy(): void {}

  clear(): void {}
}
