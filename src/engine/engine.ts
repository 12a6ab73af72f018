/** `StudioEngine` on a real GPU: holds what is loaded, runs one stage at a time, and answers pause and stop. */
import { shaderSources } from '../../shaders/index';
import { type TokenRow, tokenizeExamples } from './data/examples';
import { parseJsonl } from './data/jsonl';
import { type AdapterFacts, NoGpuError, requestDevice } from './gpu/device';
import { Gpu } from './gpu/gpu';
import { type LoadedModel, loadModel, unload } from './model/loaded';
import type {
  Dataset,
  ModelInfo,
  ModelSource,
  Role,
  Split,
  Stage,
  StageEvent,
  StageResult,
  StudioEngine,
} from './studio';
import { StudioError } from './studioError';
import { Control } from './train/control';
import { parseRecipe, type Recipe } from './train/recipe';
import { stages } from './train/stages';

export function createStudioEngine(gpu: GPU | undefined): StudioEngine & { readonly lost: Promise<string> } {
  return new Studio(gpu);
}

class Studio implements StudioEngine {
  /** Resolves with the reason when the GPU is gone. */
  readonly lost: Promise<string>;
  private tellLost: (reason: string) => void = () => {};
  private readonly offered: GPU | undefined;
  private gpu: Gpu | undefined;
  private readonly models: Partial<Record<Role, LoadedModel>> = {};
  private readonly data: Partial<Record<Split, Dataset>> = {};
  private running: Control | undefined;

  constructor(gpu: GPU | undefined) {
    this.offered = gpu;
    this.lost = new Promise((resolve) => {
      this.tellLost = resolve;
    });
  }

  async open(): Promise<AdapterFacts> {
    try {
      const { device, facts } = await requestDevice(this.offered);
      this.gpu = new Gpu(device, shaderSources, facts.software);
      device.lost.then(({ message, reason }) => {
        if (reason !== 'destroyed') this.tellLost(message);
      });
      return facts;
    } catch (error) {
      if (error instanceof NoGpuError) throw new StudioError(error.reason, error.message);
      throw error;
    }
  }

  async loadModel(role: Role, source: ModelSource): Promise<ModelInfo> {
    this.refuseWhileRunning();
    const loaded = await loadModel(this.needGpu(), source);
    const before = this.models[role];
    this.models[role] = loaded;
    // The new model is whole before the old one goes.
    if (before) unload(before);
    return loaded.info;
  }

  async loadData(split: Split, name: string, file: Blob): Promise<Dataset> {
    this.refuseWhileRunning();
    const { examples, problems } = parseJsonl(new Uint8Array(await readable(name, file)));
    const dataset = { name, examples, problems };
    // A file without a single row replaces nothing.
    if (examples.length > 0) this.data[split] = dataset;
    return dataset;
  }

  async run(stage: Stage, json: Recipe, listen: (event: StageEvent) => void): Promise<StageResult> {
    this.refuseWhileRunning();
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
      const rows = this.tokenizing(recipe, emit);
      return await stages[stage]({ gpu: this.needGpu(), recipe, control, emit, teacher, student, rows });
    } finally {
      this.running = undefined;
    }
  }

  pause(): void {
    this.running?.pause();
  }

  resume(): void {
    this.running?.resume();
  }

  stop(): void {
    this.running?.stop();
  }

  /** Token rows by model and split, made once per run; rows that do not fit the model are told. */
  private tokenizing(recipe: Recipe, emit: (event: StageEvent) => void) {
    const made = new Map<string, readonly TokenRow[]>();
    return (model: LoadedModel, split: Split): readonly TokenRow[] => {
      const key = `${split} ${model === this.models.teacher ? 'teacher' : 'student'}`;
      const known = made.get(key);
      if (known) return known;
      const examples = this.data[split]?.examples ?? [];
      const options = { systemPrompt: recipe.systemPrompt, maxTokens: model.base.config.context };
      const { rows, problems } = tokenizeExamples(model.tokenizer, examples, options);
      if (problems.length > 0) emit({ type: 'problems', split, problems });
      made.set(key, rows);
      return rows;
    };
  }

  private needGpu(): Gpu {
    if (!this.gpu) throw new StudioError('no-adapter', 'The graphics card has not been opened.');
    return this.gpu;
  }

  private refuseWhileRunning(): void {
    if (this.running) throw new StudioError('busy', 'A stage is already running. Stop it or wait for it to end.');
  }
}

/** A folder dropped as a file cannot be read; the browser says so only here. */
async function readable(name: string, file: Blob): Promise<ArrayBuffer> {
  try {
    return await file.arrayBuffer();
  } catch {
    const message = `"${name}" cannot be read. If it is a folder, open it and choose the .jsonl file inside.`;
    throw new StudioError('file-unreadable', message, { name });
  }
}
