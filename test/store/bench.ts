// A studio on an engine without a GPU, and the demo pair that it starts with.
import { expect, vi } from 'vitest';
import { createSeries, createStudio, type Studio } from '../../src/store';
import type { Storage } from '../../src/store/runs/shelf';
import type { EngineClient } from '../../src/worker/client';
import type { Failure } from '../../src/worker/protocol';
import { createFakeEngine, type FakeEngine } from '../support/fakeEngine';

export interface Bench {
  readonly studio: Studio;
  readonly engines: FakeEngine[];
  readonly engine: () => FakeEngine;
  readonly lose: (failure: Failure) => void;
  /** What the next engine to be made throws first. */
  readonly next: { failure: Error | undefined };
}

export const base = 'http://page.test/studio/';

/** `storage`: where runs are kept; nothing is without it. */
export function bench(storage?: () => Promise<Storage>): Bench {
  const engines: FakeEngine[] = [];
  const next: Bench['next'] = { failure: undefined };
  let lose: (failure: Failure) => void = () => {};
  const newClient = (): EngineClient => {
    const engine = createFakeEngine();
    engine.failure = next.failure;
    engines.push(engine);
    const lost = new Promise<Failure>((resolve) => {
      lose = resolve;
    });
    return Object.assign(engine, { lost, close: () => {} });
  };
  const studio = createStudio(
    newClient,
    base,
    createSeries((callback) => callback()),
    storage,
  );
  const engine = () => engines.at(-1) ?? createFakeEngine();
  return { studio, engines, engine, lose: (failure) => lose(failure), next };
}

export const demo = {
  teacher: 'models/big',
  student: 'models/small',
  train: 'data/train.jsonl',
  test: 'data/test.jsonl',
  systemPrompt: 'sum',
  sft: { learningRate: 0.002 },
  distill: { learningRate: 0.003 },
};

export async function started(storage?: () => Promise<Storage>): Promise<Bench> {
  const made = bench(storage);
  const fetched: string[] = [];
  vi.stubGlobal('fetch', async (address: URL | string) => {
    fetched.push(String(address));
    return new Response(String(address).endsWith('demo.json') ? JSON.stringify(demo) : '{}');
  });
  await made.studio.start();
  vi.unstubAllGlobals();
  expect(fetched).toEqual([`${base}demo.json`, `${base}data/train.jsonl`, `${base}data/test.jsonl`]);
  return made;
}

/** Until what has begun is done, however busy the machine: digests, and timers of no time, each of which may begin the next. */
export async function turn(): Promise<void> {
  for (let rest = 5; rest > 0; rest--) {
    await crypto.subtle.digest('SHA-256', new Uint8Array(1));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
export const codes = (studio: Studio) => studio.session.getState().notices.map((notice) => notice.failure.code);
export const state = (studio: Studio) => studio.session.getState();
export const textFile = (name: string, content = '{}', type = '') => ({
  name,
  folder: false,
  file: new File([content], name, { type }),
});
