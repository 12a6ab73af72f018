// A worker that ends without a word: whoever talks to it is told by the lock that it held.
import { afterEach, expect, test } from 'vitest';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { createClient } from '../../src/worker/client';
import { holdLife } from '../../src/worker/life';
import { createSecondClient } from '../../src/worker/second/client';

type Locks = NonNullable<Parameters<typeof holdLife>[0]>;

/** Locks of one name after the other, as the browser keeps them; `end` frees what is held, as the end of a worker does. */
function fakeLocks() {
  const queues = new Map<string, (() => unknown)[]>();
  const grant = (name: string) => queues.get(name)?.[0]?.();
  const request = (name: string, callback: () => unknown) =>
    new Promise((resolve) => {
      const queue = queues.get(name) ?? [];
      queues.set(name, queue);
      queue.push(async () => {
        resolve(await callback());
        queue.shift();
        grant(name);
      });
      if (queue.length === 1) grant(name);
    });
  const end = (name: string) => {
    queues.get(name)?.shift();
    grant(name);
  };
  return { locks: { request } as unknown as Locks, end };
}

const channels: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of channels.splice(0)) port1.close();
});

/** A client, and a worker at the other end that holds its life and answers nothing. */
async function begun() {
  const { locks, end } = fakeLocks();
  const channel = new MessageChannel();
  channels.push(channel);
  const client = createClient(channel.port1, undefined, undefined, locks);
  channel.port1.start();
  const lock = await new Promise<string>((resolve) => holdLife(locks, resolve));
  channel.port2.postMessage({ type: 'alive', lock });
  await turns();
  return { client, end: () => end(lock) };
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 20));

test('what is pending is rejected as by a crash', async () => {
  const { client, end } = await begun();
  let lost = false;
  client.lost.then(() => {
    lost = true;
  });
  const run = client.run('sft', defaultRecipe, () => {});
  await turns();
  expect(lost, 'it is there').toBe(false);
  end();
  await expect(run).rejects.toMatchObject({ code: 'worker-crash', detail: { reason: 'its worker ended' } });
  expect((await client.lost).code).toBe('worker-crash');
});

test('one that the page ended is no crash', async () => {
  const { client, end } = await begun();
  client.close();
  end();
  expect((await client.lost).code).toBe('worker-closed');
});

test('the worker of the second engine is missed as well', async () => {
  const { locks, end } = fakeLocks();
  const channel = new MessageChannel();
  channels.push(channel);
  const client = createSecondClient(channel.port1, () => {}, undefined, locks);
  channel.port1.start();
  const lock = await new Promise<string>((resolve) => holdLife(locks, resolve));
  channel.port2.postMessage({ type: 'alive', lock });
  const answer = client.answer(Uint32Array.of(1), { maxNewTokens: 1, endTokens: [0] });
  await turns();
  end(lock);
  await expect(answer).rejects.toMatchObject({ code: 'second-crash', detail: { reason: 'its worker ended' } });
});

test('each worker has a lock of its own, and none without locks', async () => {
  const { locks } = fakeLocks();
  const names: string[] = [];
  for (let i = 0; i < 2; i++) holdLife(locks, (name) => names.push(name));
  holdLife(undefined, (name) => names.push(name));
  expect(new Set(names).size).toBe(2);
  expect(names).toHaveLength(2);
});
