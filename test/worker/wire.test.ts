// The client and the worker's side of the wire, joined by a real MessageChannel, with an engine that needs no GPU.
import { afterEach, expect, test } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { createClient, type EngineClient } from '../../src/worker/client';
import type { Event } from '../../src/worker/protocol';
import { serve } from '../../src/worker/serve';
import {
  adapterInfo,
  chatOf,
  checkOf,
  comparisonOf,
  createFakeEngine,
  evaluationOf,
  example,
  type FakeEngine,
  facts,
  hubModel,
  modelInfo,
  pushPreview,
  selfTestOf,
  stepOf,
} from '../support/fakeEngine';
import { vouchRowOf } from '../support/vouching';

interface Wire {
  readonly engine: FakeEngine;
  readonly client: EngineClient;
  readonly post: (event: Event) => void;
}

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

function wire(): Wire {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const engine = createFakeEngine();
  const post = (event: Event): void => port2.postMessage(event);
  const handle = serve(engine, post);
  port2.addEventListener('message', (message) => handle(message.data));
  const client = createClient(port1);
  port1.start();
  port2.start();
  return { engine, client, post };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test('each command is answered with its own value, also when two are under way', async () => {
  const { engine, client } = wire();
  const [opened, teacher, rows] = await Promise.all([
    client.open(),
    client.loadModel('teacher', { kind: 'url', name: 'big', url: 'http://x/' }),
    client.loadData('test', 'rows.jsonl', new Blob(['{}'])),
  ]);
  expect(opened).toEqual(facts);
  expect(teacher).toEqual(modelInfo('big'));
  expect(rows.examples.map((row) => row.line)).toEqual([1, 2, 3]);
  expect(engine.calls).toEqual(['open', 'loadModel teacher big', 'loadData test rows.jsonl']);
});

test('many rows cross in parts, in their order, and are whole on the other side', async () => {
  const { engine, client } = wire();
  const examples = Array.from({ length: 2500 }, (_, i) => example(i + 1));
  engine.loadData = async (_split, name) => ({ name, examples, problems: [], files: [name] });
  const parts: number[] = [];
  const there = ports.at(-1)!;
  const post = there.postMessage.bind(there);
  there.postMessage = (event: Event) => {
    if (event.type === 'rows') parts.push(event.examples.length);
    post(event);
  };
  expect(await client.loadData('train', 'many.jsonl', new Blob(['{}']))).toEqual({
    ...{ name: 'many.jsonl', files: ['many.jsonl'] },
    ...{ examples, problems: [] },
  });
  expect(parts).toEqual([1000, 1000, 500]);
});

test('edits, divisions and looks at the rows cross the wire', async () => {
  const { engine, client } = wire();
  await client.editRows('train', [{ place: { line: 2 }, row: undefined }]);
  expect(await client.divideRows(0.2, 7)).toEqual(Uint32Array.of(1));
  expect(await client.rowTokens('test', { line: 3 }, 'student', defaultRecipe)).toMatchObject({ tokens: [] });
  const lengths = { tokens: Uint32Array.of(5), fates: Uint8Array.of(0), most: 9 };
  const told: number[][] = [];
  engine.measureRows = async (_role, _recipe, progress) => {
    progress(1, 2);
    return { train: lengths };
  };
  expect(await client.measureRows('teacher', defaultRecipe, (...counts) => told.push(counts))).toEqual({
    train: lengths,
  });
  expect(told).toEqual([[1, 2]]);
  expect(engine.calls).toEqual(['editRows train 2 undefined', 'divideRows 0.2 7', 'rowTokens test 3']);
});

test('stage events arrive in order at the listener of their run, before its result', async () => {
  const { engine, client } = wire();
  engine.script = [
    { type: 'phase', phase: 'training', done: 0, total: 4 },
    { type: 'step', metrics: stepOf(1) },
    { type: 'evaluation', evaluation: evaluationOf('teacher-sft', 1, 1, 2) },
  ];
  const heard: unknown[] = [];
  const run = client.run('sft', defaultRecipe, (event) => heard.push(event)).then((result) => heard.push(result));
  await settled();
  expect(heard).toEqual(engine.script);
  engine.finish({ outcome: 'stopped', steps: 1 });
  await run;
  expect(heard.at(-1)).toEqual({ outcome: 'stopped', steps: 1 });
});

test('models, adapters and saving cross the wire, with the progress of their own command alone', async () => {
  const { engine, client } = wire();
  const source = { kind: 'url', name: 'mine', url: 'http://x/' } as const;
  expect(await client.loadAdapter('student', source)).toEqual(adapterInfo('mine'));
  await client.discardAdapter('student');
  await client.closeModel('teacher');
  await client.restoreResult('control-adapter', source, 5);
  const folder = { name: 'picked' } as FileSystemDirectoryHandle;
  const told: number[][] = [];
  const saved = await client.saveInto('student-adapter', folder, { shardBytes: 7 }, (...at) => told.push(at));
  expect(saved).toMatchObject({ folder: 'student-adapter', bytes: 2 });
  expect(told).toEqual([[1, 2]]);
  const calls = [
    'loadAdapter student mine',
    'discardAdapter student',
    'closeModel teacher',
    'restoreResult control-adapter mine 5',
    'saveInto student-adapter picked 7',
  ];
  expect(engine.calls).toEqual(calls);
});

test('a plan comes back whole, and reaches no listener of a run', async () => {
  const { engine, client } = wire();
  engine.memory = { sft: { bytes: 2 ** 40, uses: [], tokens: 7, tooLarge: undefined, hint: undefined } };
  expect(await client.plan(defaultRecipe)).toEqual(engine.memory);
  engine.planFailure = new StudioError('busy', 'A stage is running.');
  await expect(client.plan(defaultRecipe)).rejects.toMatchObject({ code: 'busy' });
});

test('a conversation is told token by token to its own listener, then comes back whole; a comparison as well', async () => {
  const { engine, client } = wire();
  const heard: unknown[] = [];
  const asks = [{ subject: 'student-base', messages: [{ role: 'user', content: '1' }] }] as const;
  const replies = await client.chat({ asks, recipe: defaultRecipe }, (event) => heard.push(event));
  const { events, reply } = chatOf('student-base', 'hello there');
  expect(heard).toEqual(events);
  expect(replies).toEqual([reply]);
  const who = { teacher: 'teacher-base', student: 'student-base' } as const;
  const request = { split: 'test', row: { index: 4 }, ...who, recipe: defaultRecipe } as const;
  expect(await client.compareTokens(request)).toEqual(comparisonOf(request));
  client.stopChat();
  await settled();
  expect(engine.calls).toEqual(['chat student-base:1', 'compareTokens {"index":4}', 'stopChat']);
});

test('a change of the kernels reaches the engine whole, and its report comes back', async () => {
  const { engine, client } = wire();
  const report = await client.kernels({ force: 'tiles64', matrices: true });
  expect(report).toEqual({ forced: 'tiles64', variants: [], timings: [], matrices: true });
  expect(engine.calls).toEqual(['kernels tiles64 false true']);
});

test('a push crosses the wire with its progress, after a look at what would be pushed', async () => {
  const { engine, client } = wire();
  const folder = { kind: 'files', files: [{ path: 'a/b', file: new Blob(['x']) }] } as const;
  expect(await client.inspectPush(folder)).toEqual(pushPreview);
  engine.pushing = [{ state: 'hashing', file: 'a/b', done: 1, total: 2, bytesPerSecond: undefined }];
  const told: unknown[] = [];
  const where = { repository: 'lin/a', endpoint: 'https://hub.test', token: undefined, message: 'm' };
  const request = { folder, ...where, visibility: 'private', existing: undefined } as const;
  expect(await client.push(request, (progress) => told.push(progress))).toMatchObject({ repository: 'lin/a', sent: 2 });
  expect(told).toEqual(engine.pushing);
  client.cancelPush();
  await settled();
  expect(engine.calls).toEqual(['inspectPush files', 'push lin/a private new', 'cancelPush']);
});

test('pause, resume and stop reach the engine', async () => {
  const { engine, client } = wire();
  client.pause();
  client.resume();
  client.stop();
  await settled();
  expect(engine.calls).toEqual(['pause', 'resume', 'stop']);
});

test('a StudioError keeps code, sentence and detail across the wire', async () => {
  const { engine, client } = wire();
  engine.failure = new StudioError('files-missing', 'The folder lacks config.json.', { files: 'config.json' });
  await expect(client.open()).rejects.toMatchObject({
    code: 'files-missing',
    message: 'The folder lacks config.json.',
    detail: { files: 'config.json' },
  });
  await expect(client.open()).resolves.toEqual(facts);
});

test('any other error arrives as “internal” with its message', async () => {
  const { engine, client } = wire();
  engine.failure = new TypeError('x is undefined');
  await expect(client.open()).rejects.toMatchObject({ code: 'internal', message: 'x is undefined' });
});

test('a lost device rejects what is pending and what comes later', async () => {
  const { client, post } = wire();
  const run = client.run('sft', defaultRecipe, () => {});
  const failure = { code: 'device-lost', message: 'gone', detail: { reason: 'gone' } };
  post({ type: 'lost', failure });
  await expect(run).rejects.toMatchObject({ code: 'device-lost' });
  expect(await client.lost).toEqual(failure);
  await expect(client.open()).rejects.toMatchObject({ code: 'device-lost' });
});

test('an error event of the worker itself is a crash, told once', async () => {
  const { client } = wire();
  const [port] = ports;
  const pending = client.run('merge', defaultRecipe, () => {});
  port?.dispatchEvent(Object.assign(new globalThis.Event('error'), { message: 'out of memory' }));
  await expect(pending).rejects.toMatchObject({ code: 'worker-crash', detail: { reason: 'out of memory' } });
  expect((await client.lost).message).toContain('out of memory');
});

test('closing shuts the worker down and rejects what is pending', async () => {
  const { port1 } = new MessageChannel();
  ports.push(port1);
  let shut = 0;
  const client = createClient(port1, () => {
    shut += 1;
  });
  const pending = client.open();
  client.close();
  await expect(pending).rejects.toMatchObject({ code: 'worker-closed' });
  expect(shut).toBe(1);
});

test('a download tells how far it is to its own listener, and the list comes back after a deletion', async () => {
  const { engine, client } = wire();
  const progress = { state: 'fetching', key: 'k', name: 'a/b', file: 'f', done: 1, total: 2 } as const;
  engine.downloading = [{ ...progress, bytesPerSecond: undefined }];
  const heard: unknown[] = [];
  const request = { model: 'a/b', revision: 'main', endpoint: 'https://hub.test', token: undefined };
  expect(await client.findModel(request)).toEqual(hubModel('a/b'));
  const stored = await client.download(request, (told) => heard.push(told));
  expect(heard).toEqual(engine.downloading);
  expect(await client.storedModels()).toEqual([stored]);
  expect(await client.deleteStored(stored.key)).toEqual([]);
  client.cancelDownload();
  await settled();
  expect(engine.calls.at(-1)).toBe('cancelDownload');
});

test('a self-test tells each kernel to its own listener, and is stopped without an answer', async () => {
  const { engine, client } = wire();
  // Not a number travels as it is.
  engine.selfTesting = selfTestOf([checkOf(), checkOf({ error: Number.NaN, passed: false, problem: 'refused' })]);
  const heard: unknown[] = [];
  const report = await client.selfTest({ all: true }, (progress) => heard.push(progress));
  expect(heard).toEqual(engine.selfTesting);
  expect(report.checks.map(({ passed }) => passed)).toEqual([true, false]);
  client.stopSelfTest();
  await settled();
  expect(engine.calls).toEqual(['selfTest true', 'stopSelfTest']);
});

test('vouching crosses the wire, row by row, and is stopped', async () => {
  const { engine, client } = wire();
  engine.vouching = [
    { type: 'phase', phase: 'comparing', done: 0, total: 1 },
    { type: 'row', row: vouchRowOf(1) },
  ];
  const heard: unknown[] = [];
  const folder = { kind: 'url', name: 'student', url: 'http://x/' } as const;
  const how = { form: 'fp16', runtime: 'onnxruntime', backend: 'wasm' } as const;
  const report = await client.vouch({ folder, ...how, recipe: defaultRecipe }, (event) => heard.push(event));
  expect(report.rows).toEqual([vouchRowOf(1)]);
  expect(heard).toEqual(engine.vouching);
  client.stopVouching();
  await settled();
  expect(engine.calls).toEqual(['vouch student fp16 wasm', 'stopVouching']);
});
