/** `StudioEngine` on a real GPU: holds what is loaded, runs one stage at a time, and answers pause and stop. */
import { shaderSources } from '../../shaders/index';
import { readWishes, writeWishes } from './choices';
import { parseJsonl } from './data/jsonl';
import { readable } from './data/readable';
import { firstDifference } from './data/sameTokens';
import { TokenizedData } from './data/tokenized';
import type { Sink } from './formats/sink';
import { type AdapterFacts, NoGpuError, requestDevice } from './gpu/device';
import { gpuFailure } from './gpu/failure';
import { Gpu } from './gpu/gpu';
import type { Directory } from './hub/directory';
import { Hub } from './hub/hub';
import { openScratch, type Scratch } from './hub/scratch';
import type { DownloadProgress, HubModel, HubRequest, StoredModel } from './hub/types';
import { Kernels } from './kernels';
import { discardInitial, loadInitial, restoreTrained } from './model/initial';
import { discardTrained, type LoadedModel, loadModel, unload } from './model/loaded';
import { Saves } from './saves';
import type {
  AdapterArtifact,
  AdapterInfo,
  Artifact,
  Dataset,
  FolderSource,
  KernelReport,
  KernelRequest,
  MemoryPlan,
  ModelInfo,
  ModelSource,
  Role,
  Saved,
  SaveOptions,
  Split,
  Stage,
  StageEvent,
  StageResult,
  StudioEngine,
} from './studio';
import { StudioError } from './studioError';
import { need } from './train/context';
import { Control } from './train/control';
import { planMemory } from './train/planHints';
import { planInput } from './train/planInput';
import { parseRecipe, type Recipe } from './train/recipe';
import { rowsOf } from './train/rows';
import { runStage } from './train/runStage';
import type { Saving } from './train/save';

/** Where downloaded models are kept; it may reject where there is no such place. */
export type Storage = () => Promise<Directory>;

const noStorage: Storage = () => Promise.reject(new Error('there is none'));

/** `scratch`: a new file for what the card has no room for, undefined where there is none. */
export function createStudioEngine(
  gpu: GPU | undefined,
  storage: Storage = noStorage,
  scratch: () => Promise<Scratch | undefined> = () => openScratch(storage),
): Studio {
  return new Studio(gpu, storage, scratch);
}

export class Studio implements StudioEngine {
  /** Resolves with the reason when the GPU is gone. */
  readonly lost: Promise<string>;
  private tellLost: (reason: string) => void = () => {};
  private readonly offered: GPU | undefined;
  private gpu: Gpu | undefined;
  private readonly models: Partial<Record<Role, LoadedModel>> = {};
  private readonly data: Partial<Record<Split, Dataset>> = {};
  private readonly tokenized = new TokenizedData();
  private running: Control | undefined;
  private readonly saves = new Saves();
  private loading = 0;
  private plans = 0;
  private loads: Promise<unknown> = Promise.resolve();

  private kernelChoice: Kernels | undefined;
  private readonly storage: Storage;
  private readonly hub: Hub;
  private readonly scratch: () => Promise<Scratch | undefined>;

  constructor(gpu: GPU | undefined, storage: Storage, scratch: () => Promise<Scratch | undefined>) {
    this.offered = gpu;
    this.storage = storage;
    this.scratch = scratch;
    this.hub = new Hub(storage);
    this.lost = new Promise((resolve) => {
      this.tellLost = resolve;
    });
  }

  async open(): Promise<AdapterFacts> {
    try {
      const { device, facts } = await requestDevice(this.offered, await readWishes(this.storage));
      this.gpu = new Gpu(device, shaderSources, facts.software);
      this.kernelChoice = new Kernels(this.gpu, facts, this.storage, () => performance.now());
      device.lost.then(({ message, reason }) => {
        if (reason === 'destroyed') return;
        this.tellLost(message);
        // If that was the fault of what is experimental, it must not happen again on every visit.
        if (facts.matrices === 'on') writeWishes(this.storage, { matrices: false });
      });
      // A refused buffer computes nonsense without a word: the run must end, not go on with it.
      device.addEventListener('uncapturederror', ({ error }) => this.running?.fail(gpuFailure(error)));
      return facts;
    } catch (error) {
      if (error instanceof NoGpuError) throw new StudioError(error.reason, error.message);
      throw error;
    }
  }

  async loadModel(role: Role, source: ModelSource): Promise<ModelInfo> {
    return this.load(async () => {
      const { name } = source;
      const folder =
        source.kind === 'stored' ? { kind: 'files' as const, name, files: await this.hub.files(source.key) } : source;
      const loaded = await loadModel(this.needGpu(), folder);
      await this.kernelChoice?.prepare(loaded.base);
      const before = this.models[role];
      this.models[role] = loaded;
      // The new model is whole before the old one goes.
      if (before) unload(before);
      return { ...loaded.info, mismatch: this.mismatch() };
    });
  }

  findModel(request: HubRequest): Promise<HubModel> {
    return this.hub.find(request);
  }

  download(request: HubRequest, listen: (progress: DownloadProgress) => void): Promise<StoredModel> {
    return this.hub.download(request, listen);
  }

  cancelDownload(): void {
    this.hub.cancel();
  }

  storedModels(): Promise<readonly StoredModel[]> {
    return this.hub.stored();
  }

  async deleteStored(key: string): Promise<readonly StoredModel[]> {
    await this.hub.remove(key);
    return this.hub.stored();
  }

  async loadAdapter(role: Role, source: FolderSource): Promise<AdapterInfo> {
    return this.load(async () => {
      const model = need(this.models[role], role);
      return loadInitial(this.needGpu(), model, source);
    });
  }

  async discardAdapter(role: Role): Promise<void> {
    return this.load(async () => discardInitial(need(this.models[role], role)));
  }

  async restoreResult(artifact: AdapterArtifact, source: FolderSource, steps: number): Promise<void> {
    return this.load(() => restoreTrained(this.needGpu(), this.models, artifact, source, steps));
  }

  /** `most`: only so many of the rows that can be used. */
  async loadData(split: Split, name: string, file: Blob, most = Number.POSITIVE_INFINITY): Promise<Dataset> {
    return this.load(async () => {
      const { examples: all, problems } = parseJsonl(new Uint8Array(await readable(name, file)));
      const examples = all.slice(0, most);
      const dataset = { name, examples, problems };
      // A file without a single row replaces nothing.
      if (examples.length === 0) return dataset;
      this.data[split] = dataset;
      // What was learnt from other rows is no answer to these.
      if (split === 'train') for (const model of Object.values(this.models)) discardTrained(model);
      return dataset;
    });
  }

  async kernels(request: KernelRequest): Promise<KernelReport> {
    return this.load(() => {
      this.needGpu();
      const models = Object.values(this.models).map(({ base }) => base);
      return this.kernelChoice!.change(request, models);
    });
  }

  /** A run, or a plan that was asked for later, goes first: this one gives up between two rows. */
  async plan(json: Recipe): Promise<MemoryPlan> {
    this.refuseWhileRunning();
    const recipe = parseRecipe(json);
    this.plans += 1;
    const number = this.plans;
    const heed = async (): Promise<'go' | 'stop'> => {
      await new Promise((resolve) => setTimeout(resolve));
      return this.running || number !== this.plans ? 'stop' : 'go';
    };
    const { teacher, student } = this.models;
    const rows = rowsOf({ data: this.data, tokenized: this.tokenized }, recipe, { heed }, () => {});
    const input = await planInput({ gpu: this.needGpu(), recipe, teacher, student, rows });
    if (!input)
      throw new StudioError('replanned', 'The plan was given up: a stage was started, or the recipe changed.');
    return planMemory(input);
  }

  async run(stage: Stage, json: Recipe, listen: (event: StageEvent) => void): Promise<StageResult> {
    this.refuseWhileRunning();
    if (this.loading > 0) throw new StudioError('still-loading', 'A model or a file is still being loaded.');
    const recipe = parseRecipe(json);
    let last: StageEvent = { type: 'phase', phase: 'tokenizing', done: 0, total: 1 };
    const emit = (event: StageEvent): void => {
      if (event.type === 'phase') last = event;
      listen(event);
    };
    const control = new Control((paused) =>
      listen(paused ? { type: 'phase', phase: 'paused', done: 0, total: 1 } : last),
    );
    this.running = control;
    try {
      emit(last);
      const { teacher, student } = this.models;
      const rows = rowsOf({ data: this.data, tokenized: this.tokenized }, recipe, control, emit);
      const { scratch } = this;
      return await runStage(stage, { gpu: this.needGpu(), recipe, control, emit, teacher, student, rows, scratch });
    } finally {
      await this.settle(control);
    }
  }

  /** Writes what a stage has made; nothing can be run until then. Rejects with `nothing-to-save`, `busy`, `save-stopped`. */
  save(artifact: Artifact, sink: Sink, options: Partial<Saving> = {}): Promise<void> {
    return this.load(() => this.saves.write(this.results(), artifact, async () => sink, options));
  }

  saveInto(
    artifact: Artifact,
    parent: FileSystemDirectoryHandle,
    options: SaveOptions,
    progress: (bytes: number, total: number) => void,
  ): Promise<Saved> {
    return this.load(() => this.saves.into(this.results(), artifact, parent, options, progress));
  }

  private results() {
    return { gpu: this.needGpu(), models: this.models };
  }

  /** The GPU tells of refused commands late: a run is over when it has done everything, and its refusals come first. */
  private async settle(control: Control): Promise<void> {
    await this.gpu?.device.queue.onSubmittedWorkDone().catch(() => {});
    this.running = undefined;
    control.check();
  }

  pause(): void {
    this.running?.pause();
  }

  resume(): void {
    this.running?.resume();
  }

  stop(): void {
    this.running?.stop();
    this.saves.stop();
  }

  private mismatch() {
    const { teacher, student } = this.models;
    return teacher && student && firstDifference(teacher.tokenizer, student.tokenizer);
  }

  private needGpu(): Gpu {
    if (!this.gpu) throw new StudioError('no-adapter', 'The graphics card has not been opened.');
    return this.gpu;
  }

  /** One load after the other, so that the last one asked for is the one that stays. */
  private async load<T>(work: () => Promise<T>): Promise<T> {
    this.refuseWhileRunning();
    this.loading += 1;
    const turn = this.loads.then(work);
    this.loads = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.loading -= 1;
    }
  }

  private refuseWhileRunning(): void {
    if (this.running) throw new StudioError('busy', 'A stage is already running. Stop it or wait for it to end.');
  }
}
