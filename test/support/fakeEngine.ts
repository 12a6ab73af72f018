/** An engine without a GPU for tests of the wire and the store: it tells what it was asked and waits to be released. */
import type { Example, Problem } from '../../src/engine/data/jsonl';
import type { AdapterFacts } from '../../src/engine/gpu/device';
import type { PushPreview, PushProgress } from '../../src/engine/hub/push/types';
import type { DownloadProgress, HubModel, StoredModel } from '../../src/engine/hub/types';
import type {
  AdapterInfo,
  ChatEvent,
  ChatReply,
  Evaluation,
  KernelCheck,
  MemoryPlan,
  ModelInfo,
  SelfTestProgress,
  StageEvent,
  StageResult,
  StepMetrics,
  StudioEngine,
  TokenComparison,
  TokenPosition,
  TokenRequest,
} from '../../src/engine/studio';

export const facts: AdapterFacts = {
  vendor: 'test',
  architecture: 'none',
  description: 'fake adapter',
  software: true,
  maxBindingBytes: 1,
  matrices: 'none',
  features: [],
  limits: {},
};

export function modelInfo(name: string): ModelInfo {
  const sizes = {
    layers: 2,
    hidden: 8,
    heads: 2,
    kvHeads: 1,
    vocabulary: 16,
    context: 64,
    parameters: 100,
    bytes: 200,
  };
  return { name, architecture: 'qwen2', ...sizes };
}

export const pushPreview: PushPreview = {
  ...{ files: 1, bytes: 2, bases: [] },
  licence: { id: 'mit', link: undefined, commercial: true },
};

export function adapterInfo(name: string): AdapterInfo {
  const sizes = { rank: 4, alpha: 8, uniform: true, targets: ['q_proj', 'v_proj'], modules: 4, parameters: 64 };
  return { name, ...sizes, baseModel: 'base' };
}

export function hubModel(name: string): HubModel {
  const facts = { architecture: 'qwen2', parameters: 100, licence: undefined };
  return {
    name,
    endpoint: 'https://hub.test',
    revision: 'main',
    commit: 'c'.repeat(40),
    ...facts,
    files: [],
    bytes: 10,
  };
}

export function storedModel(name: string, whole = true): StoredModel {
  return { key: `${name}@c`, model: hubModel(name), whole, stored: whole ? 10 : 4, date: 0 };
}

export function example(line: number): Example {
  const [question, answer] = [`q${line}`, `a${line}`];
  return {
    line,
    question,
    answer,
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  };
}

/** What a self-test tells of these kernels, and at its end. */
export function selfTestOf(checks: readonly KernelCheck[]): readonly SelfTestProgress[] {
  const [total, at] = [checks.length, (done: number) => (done > 0 ? checks[done - 1] : undefined)];
  return [...checks, undefined].map((next, done) => ({ done, total, next, check: at(done) }));
}

export function checkOf(change: Partial<KernelCheck> = {}): KernelCheck {
  const sizes = { shape: '37 × 96 → 100', error: 2e-7, tolerance: 1e-5 };
  return { op: 'linear', entry: 'forward', variant: 'tiles64', ...sizes, passed: true, problem: undefined, ...change };
}

export function stepOf(step: number, loss = 1 / (step + 1), totalSteps = 4): StepMetrics {
  const tokens = { labelTokens: 10, computedTokens: 20, rowTokens: 30 };
  const rest = {
    epoch: 1,
    crossEntropy: loss,
    divergence: undefined,
    tokenAccuracy: 0.5,
    agreement: undefined,
    learningRate: 1e-3,
  };
  const work = { dispatches: 100, flops: 2e9, bytes: 1e9 };
  return { step, totalSteps, loss, ...rest, gradientNorm: 1, ...tokens, work, memoryHeld: 2 ** 21, milliseconds: 10 };
}

export function evaluationOf(subject: Evaluation['subject'], step: number, correct: number, rows: number): Evaluation {
  const answers = Array.from({ length: rows }, (_, i) => ({
    line: i + 1,
    question: `q${i + 1}`,
    expected: `a${i + 1}`,
    output: i < correct ? `a${i + 1}` : 'no',
    correct: i < correct,
  }));
  return { subject, step, loss: 0.5, correct, rows, complete: true, answers, worst: [] };
}

/** A reply of one token a word, in one millisecond each. */
export function chatOf(subject: Evaluation['subject'], text: string): { events: ChatEvent[]; reply: ChatReply } {
  const words = text.match(/\S+\s*/g) ?? [];
  const events = words.map((added, i): ChatEvent => {
    return { subject, added, tokens: i + 1, firstMilliseconds: 1, milliseconds: i + 1, ended: undefined };
  });
  const { length } = words;
  const last = { subject, tokens: length, firstMilliseconds: 1, milliseconds: length, ended: 'end' } as const;
  return { events: [...events, { ...last, added: '' }], reply: { ...last, text } };
}

export function comparisonOf({ split, row, teacher, student }: TokenRequest): TokenComparison {
  const expectation = (text: string) => ({ top: [{ id: 1, text, probability: 0.75 }], wanted: 0.5 });
  const position: TokenPosition = {
    ...{ id: 1, text: 'a', divergence: 0.25, sameTop: false },
    ...{ teacher: expectation('a'), student: expectation('b') },
  };
  const index = 'index' in row ? row.index : 2;
  const asked = 'index' in row ? 1 : row.among;
  return { split, index, asked, line: index + 1, question: `q${index + 1}`, teacher, student, positions: [position] };
}

export interface FakeEngine extends StudioEngine {
  readonly calls: string[];
  /** Problems that the next loaded file has, instead of three good rows. */
  badFile: readonly Problem[] | undefined;
  /** Indices that the next division draws. */
  drawn: readonly number[];
  /** Thrown by the next call that can fail. */
  failure: Error | undefined;
  /** What a run tells before it waits. */
  script: readonly StageEvent[];
  /** What a download tells before it ends. */
  downloading: readonly DownloadProgress[];
  /** What a self-test tells before it ends. */
  selfTesting: readonly SelfTestProgress[];
  /** What a push tells before it ends. */
  pushing: readonly PushProgress[];
  stored: readonly StoredModel[];
  /** What a plan says, and how often one was asked for. */
  memory: MemoryPlan;
  plans: number;
  planFailure: Error | undefined;
  /** What each subject says; a conversation waits for `stopChat` when there is nothing. */
  says: string | undefined;
  /** Lets the running stage end. */
  finish(result: StageResult): void;
}

export function createFakeEngine(): FakeEngine {
  const calls: string[] = [];
  let end: ((result: StageResult) => void) | undefined;
  let stopChat: (() => void) | undefined;
  const called = async <T>(call: string, value: T): Promise<T> => {
    calls.push(call);
    const { failure } = engine;
    engine.failure = undefined;
    if (failure) throw failure;
    return value;
  };
  const engine: FakeEngine = {
    calls,
    badFile: undefined,
    drawn: [1],
    failure: undefined,
    script: [],
    downloading: [],
    selfTesting: [],
    pushing: [],
    stored: [],
    memory: {},
    plans: 0,
    planFailure: undefined,
    says: 'hello there',
    finish: (result) => end?.(result),
    open: () => called('open', facts),
    loadModel: (role, source) => called(`loadModel ${role} ${source.name}`, modelInfo(source.name)),
    loadData: (split, name) => {
      const problems = engine.badFile ?? [];
      const examples = engine.badFile ? [] : [1, 2, 3].map(example);
      return called(`loadData ${split} ${name}`, { name, examples, problems });
    },
    editRows: (split, changes) =>
      called(`editRows ${split} ${changes.map(({ place, row }) => `${place.line} ${row?.answer}`)}`, undefined),
    divideRows: (share, seed) => called(`divideRows ${share} ${seed}`, Uint32Array.from(engine.drawn)),
    findTwins: async () => ({}),
    measureRows: async () => ({}),
    rowTokens: (split, { line }) =>
      called(`rowTokens ${split} ${line}`, { tokens: [], prompt: 0, labels: 0, cutPrompt: 0, cutAnswer: 0 }),
    loadAdapter: (role, source) => called(`loadAdapter ${role} ${source.name}`, adapterInfo(source.name)),
    discardAdapter: (role) => called(`discardAdapter ${role}`, undefined),
    restoreResult: (artifact, { name }, steps) => called(`restoreResult ${artifact} ${name} ${steps}`, undefined),
    saveInto: async (artifact, folder, { shardBytes }, progress) => {
      progress(1, 2);
      const [file, call] = ['adapter_config.json', `saveInto ${artifact} ${folder.name} ${shardBytes}`];
      const saved = await called(call, { folder: artifact, files: [file], bytes: 2 });
      // Tests that only look at what was asked for give a folder without methods.
      const made = await folder.getDirectoryHandle?.(artifact, { create: true });
      await made?.getFileHandle(file, { create: true });
      return saved;
    },
    kernels: ({ force = 'automatic', measure = false, matrices = false }) =>
      called(`kernels ${force} ${measure} ${matrices}`, { forced: force, variants: [], timings: [], matrices }),
    selfTest: async ({ all }, listen) => {
      await called(`selfTest ${all}`, undefined);
      for (const progress of engine.selfTesting) listen(progress);
      const checks = engine.selfTesting.flatMap(({ check }) => check ?? []);
      return { checks, total: engine.selfTesting[0]?.total ?? 0, stopped: false, milliseconds: 1 };
    },
    stopSelfTest: () => void calls.push('stopSelfTest'),
    plan: async () => {
      engine.plans += 1;
      if (engine.planFailure) throw engine.planFailure;
      return engine.memory;
    },
    run: async (stage, _recipe, listen) => {
      await called(`run ${stage}`, undefined);
      for (const event of engine.script) listen(event);
      return new Promise<StageResult>((resolve) => {
        end = resolve;
      });
    },
    chat: async ({ asks }, listen) => {
      await called(`chat ${asks.map(({ subject, messages }) => `${subject}:${messages.length}`).join(' ')}`, undefined);
      const { says } = engine;
      if (says === undefined) {
        await new Promise<void>((resolve) => {
          stopChat = resolve;
        });
        return [];
      }
      const answers = asks.map(({ subject }) => chatOf(subject, says));
      for (const event of answers.flatMap(({ events }) => events)) listen(event);
      return answers.map(({ reply }) => reply);
    },
    stopChat: () => {
      calls.push('stopChat');
      stopChat?.();
    },
    compareTokens: (request) => called(`compareTokens ${JSON.stringify(request.row)}`, comparisonOf(request)),
    findModel: ({ model }) => called(`findModel ${model}`, hubModel(model)),
    download: async ({ model }, listen) => {
      await called(`download ${model}`, undefined);
      for (const progress of engine.downloading) listen(progress);
      const stored = storedModel(model);
      engine.stored = [stored, ...engine.stored];
      return stored;
    },
    inspectPush: ({ kind }) => called(`inspectPush ${kind}`, pushPreview),
    push: async ({ repository, existing = 'new', visibility }, listen) => {
      for (const progress of engine.pushing) listen(progress);
      const made = { repository, address: `https://hub.test/${repository}`, visibility, commit: 'c' };
      return called(`push ${repository} ${visibility} ${existing}`, { ...made, files: 1, bytes: 2, sent: 2 });
    },
    cancelPush: () => void calls.push('cancelPush'),
    cancelDownload: () => void calls.push('cancelDownload'),
    storedModels: () => called('storedModels', engine.stored),
    deleteStored: async (key) => {
      await called(`deleteStored ${key}`, undefined);
      engine.stored = engine.stored.filter((stored) => stored.key !== key);
      return engine.stored;
    },
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    stop: () => void calls.push('stop'),
  };
  return engine;
}
