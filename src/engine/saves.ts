/** Results on their way into a folder, one at a time; stopping one leaves nothing of it behind. */
import { type NewFolder, newFolder } from './formats/directory';
import type { Sink } from './formats/sink';
import type { Artifact, Saved, SaveOptions } from './studio';
import { StudioError } from './studioError';
import { type Saving, save } from './train/save';

type Context = Pick<Saving, 'gpu' | 'models'>;
type Progress = (bytes: number, total: number) => void;

export class Saves {
  private current: { stopped: boolean } | undefined;

  /** Into a new folder inside `parent`. */
  async into(
    context: Context,
    artifact: Artifact,
    parent: FileSystemDirectoryHandle,
    { shardBytes }: SaveOptions,
    progress: Progress,
  ): Promise<Saved> {
    const made: NewFolder[] = [];
    const open = async (): Promise<Sink> => {
      made.push(await newFolder(parent, artifact));
      return made[0]!.sink;
    };
    try {
      await this.write(context, artifact, open, { shardBytes, progress });
      return made[0]!.saved();
    } catch (error) {
      await made[0]?.discard().catch(() => {});
      throw error;
    }
  }

  async write(
    context: Context,
    artifact: Artifact,
    open: () => Promise<Sink>,
    { shardBytes, progress }: Partial<Saving>,
  ): Promise<void> {
    const own = { stopped: false };
    this.current = own;
    const heed = (bytes: number, total: number): void => {
      if (own.stopped) throw new StudioError('save-stopped', 'Saving was stopped; nothing of it was kept.');
      progress?.(bytes, total);
    };
    try {
      await save({ ...context, sink: await open(), shardBytes, progress: heed }, artifact);
    } finally {
      this.current = undefined;
    }
  }

  stop(): void {
    if (this.current) this.current.stopped = true;
  }
}
