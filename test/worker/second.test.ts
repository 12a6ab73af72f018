// The wire to the worker of the second engine, joined by a real MessageChannel, with an engine that computes nothing.
import { afterEach, expect, test, vi } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import type { SecondRequest, TryOut } from '../../src/engine/vouch/second';
import { holdLife } from '../../src/worker/life';
import { createSecondClient, openTryOut } from '../../src/worker/second/client';
import type { SecondEvent } from '../../src/worker/second/protocol';
import { type Open, serveSecond } from '../../src/worker/second/serve';
import { fakeLocks } from '../support/fakeLocks';

const request: SecondRequest = {
  ...{ folder: { kind: 'url', name: 'student', url: 'http://x/' }, form: 'fp32' },
  ...{ runtime: 'transformers.js', backend: 'wasm' },
};
const greedy = { maxNewTokens: 4, endTokens: [0] };

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

function wire(open: Open) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const handle = serveSecond(open, (event) => port2.postMessage(event));
  port2.addEventListener('message', (message) => handle(message.data));
  let ended = 0;
  const client = createSecondClient(port1, () => void ended++);
  port1.start();
  port2.start();
  return { client, ended: () => ended };
}

function fakeTryOut(): TryOut & { readonly calls: string[] } {
  const calls: string[] = [];
  let end: (() => void) | undefined;
  const progress = { tokens: 1, firstMilliseconds: 1, milliseconds: 1 };
  return {
    calls,
    answer: async (prompt, { maxNewTokens }) => {
      calls.push(`answer ${prompt.join()} ${maxNewTokens}`);
      return { ids: [...prompt], logits: Float32Array.of(1, 2) };
    },
    chat: async (messages, _options, listen) => {
      listen({ ...progress, ended: undefined, added: `to ${messages.length}` });
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return { ...progress, ended: 'stopped', text: 'to 1' };
    },
    stop: () => end?.(),
    close: async () => {},
  };
}

test('answers and conversations cross the wire, and what is told before they end', async () => {
  const engine = fakeTryOut();
  const { client } = wire(async () => engine);
  await client.open(request);
  expect(await client.answer(Uint32Array.of(5, 6), greedy)).toEqual({ ids: [5, 6], logits: Float32Array.of(1, 2) });
  const told: string[] = [];
  const reply = client.chat([{ role: 'user', content: 'hello' }], { maxNewTokens: 9 }, ({ added }) => {
    told.push(added);
    client.stop();
  });
  expect(await reply).toMatchObject({ ended: 'stopped', text: 'to 1' });
  expect(told).toEqual(['to 1']);
  expect(engine.calls).toEqual(['answer 5,6 4']);
});

test('how far a folder is read is told while it is opened; one that is given up rejects', async () => {
  const { client, ended } = wire(async (_request, progress) => {
    progress(1, 4);
    progress(4, 4);
    return fakeTryOut();
  });
  const told: number[][] = [];
  await client.open(request, (...bytes) => void told.push(bytes));
  expect(told).toEqual([
    [1, 4],
    [4, 4],
  ]);
  const never = wire(() => new Promise(() => {}));
  const waiting = never.client.open(request);
  await never.client.close();
  await expect(waiting).rejects.toMatchObject({ code: 'second-closed' });
  expect([ended(), never.ended()]).toEqual([0, 1]);
});

test('refusals keep their code, and what cannot talk says so', async () => {
  const refused = wire(() => Promise.reject(new StudioError('onnx-missing', 'no file', { file: 'model.onnx' })));
  await expect(refused.client.open(request)).rejects.toMatchObject({
    ...{ code: 'onnx-missing', detail: { file: 'model.onnx' } },
  });
  await expect(refused.client.answer(Uint32Array.of(1), greedy)).rejects.toMatchObject({ code: 'internal' });
  const { answer, close } = fakeTryOut();
  const silent = wire(async () => ({ answer, close }));
  await silent.client.open(request);
  await expect(silent.client.chat([], { maxNewTokens: 1 }, () => {})).rejects.toMatchObject({
    message: expect.stringContaining('no conversations'),
  });
});

test('closing ends the worker, and with it what was asked and will be', async () => {
  const { client, ended } = wire(async () => ({ ...fakeTryOut(), answer: () => new Promise(() => {}) }));
  await client.open(request);
  const waiting = client.answer(Uint32Array.of(1), greedy);
  await client.close();
  await expect(waiting).rejects.toMatchObject({ code: 'second-closed' });
  await expect(client.open(request)).rejects.toMatchObject({ code: 'second-closed' });
  expect(ended()).toBe(1);
});

test('a worker that ends without a word is told by its lock', async () => {
  const { locks, end, awaited } = fakeLocks();
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const client = createSecondClient(port1, () => {}, undefined, locks);
  port1.start();
  const lock = await new Promise<string>((resolve) => holdLife(locks, resolve));
  port2.postMessage({ type: 'alive', lock } satisfies SecondEvent);
  await awaited;
  const opening = client.open(request);
  end(lock);
  await expect(opening).rejects.toMatchObject({ code: 'second-crash', detail: { reason: 'its worker ended' } });
});

test('what is given up before it began starts no worker', async () => {
  const started: unknown[] = [];
  vi.stubGlobal(
    'Worker',
    class extends EventTarget {
      constructor(address: unknown) {
        super();
        started.push(address);
      }
    },
  );
  const opening = { progress: () => {}, signal: AbortSignal.abort() };
  await expect(openTryOut(request, opening)).rejects.toMatchObject({ code: 'second-closed' });
  vi.unstubAllGlobals();
  expect(started).toEqual([]);
});

test('a tokenizer that does not come back closes the engine, and is named; one that does, does not', async () => {
  const ends = [0, 0];
  const clients = ends.map((_, at) => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const client = createSecondClient(port1, () => void ends[at]!++, 1);
    port1.start();
    const tell = (event: SecondEvent) => port2.postMessage(event);
    return { opening: client.open(request), tell };
  });
  const [good, bad] = [clients[0]!, clients[1]!];
  good.tell({ type: 'risk', risk: { model: 'other', seconds: 1 } });
  good.tell({ type: 'risk', risk: undefined });
  bad.tell({ type: 'risk', risk: { model: 'student', seconds: 3 } });
  const message = expect.stringContaining('"student" did not come back within 3 seconds');
  await expect(bad.opening).rejects.toMatchObject({ code: 'second-stuck', message });
  expect(ends).toEqual([0, 1]);
  good.tell({ type: 'reply', id: 1, reply: { to: 'open', value: true } });
  await good.opening;
});
