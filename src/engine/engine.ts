/** `StudioEngine` on a real GPU: what is loaded, and the parts that work with it, put together. */
import { Card } from './card';
import { type CheckpointShelf, storedCheckpoints } from './checkpoint/folder';
import type { Bench, Choices } from './choices';
import { Datasets } from './datasets';
import type { Sink } from './formats/sink';
import { BaseLicences } from './hub/baseLicences';
import type { Storage } from './hub/directory';
import { Hub } from './hub/hub';
import { Pusher } from './hub/push/push';
import { openScratch } from './hub/scratch';
import { type Lookout, noLookout } from './lookout';
import type { HubDoor } from './modelsDoor';
import { basesOf, createModels, type Models } from './modelsEngine';
import { createRows, type RowsPart } from './rowsEngine';
import { Saves } from './saves';
import { SelfTests } from './selfTests';
import { createInquiries, createStages, type Held } from './stagesEngine';
import type { Artifact, StudioEngine } from './studio';
import { remerge } from './train/mergeStage';
import type { Saving } from './train/save';
import { Turns } from './turns';
import type { OpenSecond } from './vouch/second';
import { createVouching, noSecond } from './vouchEngine';

export type { Storage } from './hub/directory';
export { createLookout } from './lookout';

export interface Studio extends Omit<StudioEngine, keyof RowsPart>, RowsPart {
  /** Resolves with the reason when the GPU is gone. */
  readonly lost: Promise<string>;
  /** Writes what a stage has made; nothing can be run until then. Rejects with `nothing-to-save`, `busy`, `save-stopped`. */
  save(artifact: Artifact, sink: Sink, options?: Partial<Saving>): Promise<void>;
  /** What the merge stage had made of the teacher's adapter, with the same bits; nothing is measured. Rejects with `no-adapter-yet`. */
  remerge(): Promise<void>;
  /** The kernels that compute: others round otherwise. `takeKernels` chooses them again, on the adapter that they are of. */
  chosenKernels(): Promise<KernelChoice>;
  takeKernels(choice: KernelChoice): Promise<void>;
}

/** As they were measured, or forced, on one adapter. */
export type KernelChoice = Bench & Choices;

const noStorage: Storage = () => Promise.reject(new Error('there is none'));

/**
 * `scratch`: a new file for what the card has no room for, undefined where there is none. `openSecond`: opens the engine that
 * vouches for what was exported. `shelf`: where checkpoints are kept. `lookout`: told of work that may never end.
 */
export function createStudioEngine(
  gpu: GPU | undefined,
  storage: Storage = noStorage,
  scratch: Held['scratch'] = () => openScratch(storage),
  openSecond: OpenSecond = noSecond,
  shelf: CheckpointShelf = storedCheckpoints(storage),
  lookout: Lookout = noLookout,
): Studio {
  const [turns, card, hub] = [new Turns(), new Card(gpu, storage), new Hub(storage)];
  const [datasets, selfTests, saves] = [new Datasets(), new SelfTests(), new Saves()];
  const models: Models = {};
  const licences = new BaseLicences(() => hub.stored());
  const pusher = new Pusher((base) => licences.of(base));
  const held: Held = { turns, card, models, datasets, selfTests, scratch, shelf };
  const stages = createStages(held);
  const results = () => ({ gpu: card.gpu, models });
  return {
    lost: card.lost,
    open: () =>
      card.open((error) => {
        // While a paused stage waits, nothing of what is computed is its own.
        if (turns.inquiries.fail(error) || !turns.running) return;
        // What the steps had so far they cannot get any more: on a card that is opened anew they may.
        if (error.code === 'gpu-memory') card.lose(`out of memory (${error.detail.reason})`);
        else turns.running.fail(error);
      }),
    ...createRows(turns, models, datasets),
    ...createModels(turns, card, models, hub, licences, lookout),
    ...hubDoor(hub, pusher),
    ...createInquiries(held),
    ...createVouching(held, openSecond, lookout),
    ...stages,
    stop: () => {
      stages.stop();
      saves.stop();
    },
    kernels: (request) => {
      const work = () => card.kernels.change(request, basesOf(models));
      return Object.keys(request).length > 0 ? turns.load(work) : turns.look(work);
    },
    selfTest: (...asked) => turns.load(() => selfTests.run(card.gpu, ...asked)),
    stopSelfTest: () => selfTests.stop(),
    save: (artifact, sink, options = {}) =>
      turns.load(() => saves.write(results(), artifact, async () => sink, options)),
    chosenKernels: () =>
      turns.load(async () => {
        await card.kernels.catchUp(basesOf(models));
        return card.kernels.choices();
      }),
    takeKernels: (choice) => turns.load(() => card.kernels.take(choice)),
    remerge: () => turns.load(() => remerge(card.gpu, { teacher: models.teacher })),
    saveInto: (artifact, parent, options, progress) =>
      turns.load(() => saves.into(results(), artifact, parent, options, progress)),
  };
}

function hubDoor(hub: Hub, pusher: Pusher): HubDoor {
  return {
    findModel: (request) => hub.find(request),
    download: (request, listen) => hub.download(request, listen),
    cancelDownload: () => hub.cancel(),
    storedModels: () => hub.stored(),
    deleteStored: async (key) => {
      await hub.remove(key);
      return hub.stored();
    },
    inspectPush: (folder) => pusher.inspect(folder),
    push: (request, listen) => pusher.push(request, listen),
    cancelPush: () => pusher.cancel(),
  };
}
