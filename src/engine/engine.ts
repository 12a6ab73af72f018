/** `StudioEngine` on a real GPU: holds what is loaded, runs one stage at a time, and answers pause and stop. */
import { firstDifference } from './data/sameTokens';
import type { Sink } from './formats/sink';
import type { AdapterFacts } from './gpu/device';
import type { Gpu } from './gpu/gpu';
import type { Storage } from './hub/directory';
import { Hub } from './hub/hub';
import { openScratch, type Scratch } from './hub/scratch';
import type { DownloadProgress, HubModel, HubRequest, StoredModel } from './hub/types';
import type { Kernels } from './kernels';
import { discardInitial, loadInitial, restoreTrained } from './model/initial';
import { discard, loadModel, unload } from './model/loaded';
import { openGpu } from './opening';
import { RowsEngine } from './rowsEngine';
import { Saves } from './saves';
import { SelfTests } from './selfTests';
import type {
  AdapterArtifact,
  AdapterInfo,
  Artifact,
  ChatEvent,
  ChatReply,
  ChatRequest,
  FolderSource,
  KernelReport,
  KernelRequest,
  MemoryPlan,
  ModelInfo,
  ModelSource,
  Role,
  Saved,
  SaveOptions,
  Stage,
  StageEvent,
  StageResult,
  StudioEngine,
  TokenComparison,
  TokenRequest,
} from './studio';
import { StudioError } from './studioError';
import { chat } from './train/chat';
import { compareTokens, type TokenInquiry } from './train/compareTokens';
import { need } from './train/context';
import { Control } from './train/control';
import { planMemory } from './train/planHints';
import { planInput } from './train/planInput';
import { parseRecipe, type Recipe } from './train/recipe';
import { rowsOf } from './train/rows';
import { runStage } from './train/runStage';
import type { Saving } from './train/save';

export type { Storage } from './hub/directory';

const noStorage: Storage = () => Promise.reject(new Error('there is none'));

/** `scratch`: a new file for what the card has no room for, undefined where there is none. */
export function createStudioEngine(
  gpu: GPU | undefined,
  storage: Storage = noStorage,
  scratch: () => Promise<Scratch | undefined> = () => openScratch(storage),
): Studio {
  return new Studio(gpu, storage, scratch);
}

export class Studio extends RowsEngine implements StudioEngine {
  /** Resolves with the reason when the GPU is gone. */
  readonly lost: Promise<string>;
  private tellLost: (reason: string) => void = () => {};
  private readonly offered: GPU | undefined;
  private gpu: Gpu | undefined;
  private readonly saves = new Saves();
  private readonly selfTests = new SelfTests();
  private plans = 0;

  private kernelChoice: Kernels | undefined;
  private readonly storage: Storage;
  private readonly hub: Hub;
  private readonly scratch: () => Promise<Scratch | undefined>;

  constructor(gpu: GPU | undefined, storage: Storage, scratch: () => Promise<Scratch | undefined>) {
    super();
    this.offered = gpu;
    this.storage = storage;
    this.hub = new Hub(storage);
    this.scratch = scratch;
    this.lost = new Promise((resolve) => {
      this.tellLost = resolve;
    });
  }

  async open(): Promise<AdapterFacts> {
    const told = { lost: this.tellLost, failed: (error: Error) => this.fail(error) };
    const { gpu, kernels, facts } = await openGpu(this.offered, this.storage, told);
    [this.gpu, this.kernelChoice] = [gpu, kernels];
    return facts;
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
      this.forgetTaught(role);
      return { ...loaded.info, mismatch: this.mismatch() };
    });
  }

  async loadAdapter(role: Role, source: FolderSource): Promise<AdapterInfo> {
    return this.load(async () => {
      const model = need(this.models[role], role);
      const info = await loadInitial(this.needGpu(), model, source);
      this.forgetTaught(role);
      return info;
    });
  }

  async discardAdapter(role: Role): Promise<void> {
    return this.load(async () => {
      discardInitial(need(this.models[role], role));
      this.forgetTaught(role);
    });
  }

  /** What the student has learnt from another teacher does not stand in for what it will learn from this one. */
  private forgetTaught(role: Role): void {
    const { student } = this.models;
    if (role === 'teacher' && student) discard(student, 'distill');
  }

  async restoreResult(artifact: AdapterArtifact, source: FolderSource, steps: number): Promise<void> {
    return this.load(() => restoreTrained(this.needGpu(), this.models, artifact, source, steps));
  }

  async kernels(request: KernelRequest): Promise<KernelReport> {
    return this.load(() => {
      this.needGpu();
      const models = Object.values(this.models).map(({ base }) => base);
      return this.kernelChoice!.change(request, models);
    });
  }

  selfTest(...asked: Parameters<StudioEngine['selfTest']>): ReturnType<StudioEngine['selfTest']> {
    return this.load(() => this.selfTests.run(this.needGpu(), ...asked));
  }

  stopSelfTest(): void {
    this.selfTests.stop();
  }

  /** A run, or a plan that was asked for later, goes first: this one gives up between two rows. */
  async plan(json: Recipe): Promise<MemoryPlan> {
    this.refuseWhileRunning();
    const recipe = parseRecipe(json);
    this.plans += 1;
    const number = this.plans;
    const heed = () => this.yieldTo(() => number !== this.plans);
    const { teacher, student } = this.models;
    const rows = rowsOf(this.datasets, recipe, { heed }, () => {});
    const input = await planInput({ gpu: this.needGpu(), recipe, teacher, student, rows });
    if (!input)
      throw new StudioError('replanned', 'The plan was given up: a stage was started, or the recipe changed.');
    return planMemory(input);
  }

  async run(stage: Stage, json: Recipe, listen: (event: StageEvent) => void): Promise<StageResult> {
    this.refuseWhileRunning();
    this.selfTests.refuseWhileRunning();
    this.inquiries.refuse();
    this.refuseWhileLoading();
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
      const rows = rowsOf(this.datasets, recipe, control, emit);
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

  chat(request: ChatRequest, listen: (event: ChatEvent) => void): Promise<readonly ChatReply[]> {
    return this.inquire((inquiry) => chat(inquiry, request, listen));
  }

  stopChat(): void {
    this.inquiries.stop();
  }

  compareTokens(request: TokenRequest): Promise<TokenComparison> {
    return this.inquire((inquiry) => compareTokens(inquiry, request));
  }

  private async inquire<T>(work: (inquiry: TokenInquiry) => Promise<T>): Promise<T> {
    this.refuseWhileLoading();
    const [gpu, { models, datasets }] = [this.needGpu(), this];
    return this.inquiries.ask(gpu, this.running, (control) => work({ gpu, models, data: datasets.data, control }));
  }

  pause(): void {
    this.running?.pause();
  }

  /** A stage that goes on needs the card for itself: whoever is asked meanwhile stops. */
  resume(): void {
    this.inquiries.stop();
    this.running?.resume();
  }

  stop(): void {
    this.inquiries.stop();
    this.running?.stop();
    this.saves.stop();
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

  private fail(error: Error): void {
    // While a paused stage waits, nothing of what is computed is its own.
    if (!this.inquiries.fail(error)) this.running?.fail(error);
  }

  private mismatch() {
    const { teacher, student } = this.models;
    return teacher && student && firstDifference(teacher.tokenizer, student.tokenizer);
  }

  private needGpu(): Gpu {
    if (!this.gpu) throw new StudioError('no-adapter', 'The graphics card has not been opened.');
    return this.gpu;
  }
}
