/** An engine without a GPU for tests of the wire and the store: it tells what it was asked and waits to be released. */
import type { Problem } from '../../src/engine/data/jsonl';
import type { PushProgress } from '../../src/engine/hub/push/types';
import type { DownloadProgress, StoredModel } from '../../src/engine/hub/types';
import type {
  KeptCheckpoint,
  MemoryPlan,
  SelfTestProgress,
  StageEvent,
  StageResult,
  StudioEngine,
  VouchEvent,
} from '../../src/engine/studio';
import {
  adapterInfo,
  chatOf,
  comparisonOf,
  example,
  facts,
  hubModel,
  modelInfo,
  pushPreview,
  storedModel,
} from './fakeFacts';
import { vouchOf } from './vouching';

export * from './fakeFacts';

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
  /** What vouching tells before it ends. */
  vouching: readonly VouchEvent[];
  /** What a push tells before it ends. */
  pushing: readonly PushProgress[];
  stored: readonly StoredModel[];
  kept: readonly KeptCheckpoint[];
  /** Keys of damaged ones. */
  unreadable: readonly string[];
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
    vouching: [],
    pushing: [],
    stored: [],
    kept: [],
    unreadable: [],
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
    closeModel: (role) => called(`closeModel ${role}`, undefined),
    discardAdapter: (role) => called(`discardAdapter ${role}`, undefined),
    restoreResult: (artifact, { name }, steps) => called(`restoreResult ${artifact} ${name} ${steps}`, undefined),
    saveInto: async (artifact, place, { shardBytes }, progress) => {
      progress(1, 2);
      const [file, call] = ['adapter_config.json', `saveInto ${artifact} ${place.name} ${shardBytes}`];
      const saved = await called(call, { folder: artifact, files: [file], bytes: 2 });
      // Tests that only look at what was asked for give a folder without methods.
      const folder = 'getDirectoryHandle' in place ? place : undefined;
      const made = await folder?.getDirectoryHandle(artifact, { create: true });
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
    checkpoints: async () => ({ kept: engine.kept, unreadable: engine.unreadable }),
    inspectCheckpoint: async () => engine.kept[0]!,
    checkpointFile: (key) => called(`checkpointFile ${key}`, new Blob()),
    deleteCheckpoints: (keys) => called(`deleteCheckpoints ${keys.join(' ')}`, undefined),
    run: async (stage, _recipe, listen, keeping) => {
      await called(`run ${stage}${keeping?.resume ? ' resumed' : ''}`, undefined);
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
    vouch: async ({ folder, form, backend }, listen) => {
      await called(`vouch ${folder.name} ${form} ${backend}`, undefined);
      for (const event of engine.vouching) listen(event);
      return vouchOf(engine.vouching.flatMap((event) => (event.type === 'row' ? [event.row] : [])));
    },
    stopVouching: () => void calls.push('stopVouching'),
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
