/** Results on their way into a folder, one at a time; stopping one leaves nothing of it behind. */
import { type Destination, isFolder, newFolder } from './formats/directory';
import type { Sink } from './formats/sink';
import { newZip } from './formats/zip';
import type { Artifact, Saved, SaveOptions, SavePlace } from './studio';
import { StudioError } from './studioError';
import { type Saving, save } from './train/save';

type Context = Pick<Saving, 'gpu' | 'models'>;
type Progress = (bytes: number, total: number) => void;

export class Saves {
  private current: { stopped: boolean } | undefined;

  /** Into a new folder inside `place`, or as a zip into the file that it is. */
  async into(
    context: Context,
    artifact: Artifact,
    place: SavePlace,
    options: SaveOptions,
    progress: Progress,
  ): Promise<Saved> {
    const made: Destination[] = [];
    const open = async (): Promise<Sink> => {
      const name = options.name ?? artifact;
      made.push(await (isFolder(place) ? newFolder(place, name) : newZip(place, name)));
      return made[0]!.sink;
    };
    try {
      await this.write(context, artifact, open, { ...options, progress });
      return await made[0]!.finish();
    } catch (error) {
      await made[0]?.discard().catch(() => {});
      throw error;
    }
  }

  async write(
    context: Context,
    artifact: Artifact,
    open: () => Promise<Sink>,
    { progress, ...options }: Partial<Saving>,
  ): Promise<void> {
    const own = { stopped: false };
    this.current = own;
    const heed = (bytes: number, total: number): void => {
      if (own.stopped) throw new StudioError('save-stopped', 'Saving was stopped; nothing of it was kept.');
      progress?.(bytes, total);
    };
    try {
      await save({ ...context, ...options, sink: await open(), progress: heed }, artifact);
    } finally {
      this.current = undefined;
    }
  }

  stop(): void {
    if (this.current) this.current.stopped = true;
  }
}
