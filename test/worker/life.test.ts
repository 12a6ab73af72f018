// A worker that ends without a word: whoever talks to it is told by the lock that it held.
import { afterEach, expect, test } from 'vitest';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { createClient } from '../../src/worker/client';
import { holdLife } from '../../src/worker/life';
import { fakeLocks } from '../support/fakeLocks';

const channels: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of channels.splice(0)) port1.close();
});

/** A client, and a worker at the other end that holds its life and answers nothing. */
async function begun() {
  const { locks, end, awaited } = fakeLocks();
  const channel = new MessageChannel();
  channels.push(channel);
  const client = createClient(channel.port1, undefined, undefined, locks);
  channel.port1.start();
  const lock = await new Promise<string>((resolve) => holdLife(locks, resolve));
  channel.port2.postMessage({ type: 'alive', lock });
  await awaited;
  return { client, end: () => end(lock) };
}

test('what is pending is rejected as by a crash', async () => {
  const { client, end } = await begun();
  let lost = false;
  client.lost.then(() => {
    lost = true;
  });
  const run = client.run('sft', defaultRecipe, () => {});
  await new Promise((resolve) => setTimeout(resolve));
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

test('each worker has a lock of its own, and none without locks', async () => {
  const { locks } = fakeLocks();
  const names: string[] = [];
  for (let i = 0; i < 2; i++) holdLife(locks, (name) => names.push(name));
  holdLife(undefined, (name) => names.push(name));
  expect(new Set(names).size).toBe(2);
  expect(names).toHaveLength(2);
});
