// What the page makes of its service worker: each state that a browser can be in, and a newer version that waits.
import { expect, test } from 'vitest';
import { createOffline } from '../../src/store';
import type { Container } from '../../src/store/offline';

/** Answers what it is asked; its state is told as the browser does. */
class FakeWorker extends EventTarget {
  readonly asked: unknown[] = [];
  answer = true;
  state: ServiceWorkerState;

  constructor(state: ServiceWorkerState) {
    super();
    this.state = state;
  }

  become(state: ServiceWorkerState): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }

  postMessage(what: unknown, [port]: readonly MessagePort[]): void {
    this.asked.push(what);
    port?.postMessage(this.answer);
    if (what === 'takeOver' && this.answer)
      for (const state of ['activating', 'activated'] as const) this.become(state);
  }
}

class FakeRegistration extends EventTarget {
  installing: FakeWorker | null = null;
  waiting: FakeWorker | null = null;
  active: FakeWorker | null = null;

  find(worker: FakeWorker): void {
    this.installing = worker;
    this.dispatchEvent(new Event('updatefound'));
  }
}

/** A page that is open in a browser with this registration; `controlled` by its worker, unless it is a first visit. */
function page(registration: FakeRegistration | Error, controlled = true) {
  const reloads: string[] = [];
  const scripts: unknown[] = [];
  const container = {
    controller: controlled ? new FakeWorker('activated') : null,
    register: async (script: unknown) => {
      scripts.push(script);
      if (registration instanceof Error) throw registration;
      return registration;
    },
  };
  // The browser's own types hold much that nobody asks for here.
  const offline = createOffline(container as unknown as Container, () => reloads.push('reload'));
  return { offline, reloads, scripts };
}

const visited = (answer = true): FakeRegistration => {
  const registration = new FakeRegistration();
  registration.active = new FakeWorker('activated');
  registration.active.answer = answer;
  return registration;
};

const waits = (registration: FakeRegistration): FakeWorker => {
  registration.waiting = new FakeWorker('installed');
  return registration.waiting;
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('nothing is said before somebody wants the page kept', () => {
  expect(page(visited()).offline.state.getState()).toEqual({ kept: undefined, newer: 'none' });
});

test('a browser without service workers, and one that refuses them, are told apart, and nothing breaks', async () => {
  const without = createOffline(undefined, () => {});
  await without.keep('sw.js');
  await without.useNewer();
  expect(without.state.getState().kept).toBe('unsupported');
  const { offline, scripts } = page(new DOMException('storage is blocked', 'SecurityError'));
  await offline.keep('sw.js');
  expect([offline.state.getState().kept, scripts]).toEqual(['failed', ['sw.js']]);
});

test('a first visit: kept when all files of the page have come, then what is large', async () => {
  const registration = new FakeRegistration();
  const worker = new FakeWorker('installing');
  registration.installing = worker;
  const { offline, reloads } = page(registration, false);
  const kept = offline.keep('sw.js');
  await turn();
  worker.become('installed');
  worker.become('activating');
  await turn();
  expect(offline.state.getState().kept).toBe('keeping');
  expect(worker.asked).toEqual([]);
  worker.become('activated');
  await kept;
  expect(worker.asked).toEqual(['rest']);
  // The first version is no newer one, and the page stays as it is.
  expect([offline.state.getState(), reloads]).toEqual([{ kept: 'all', newer: 'none' }, []]);
});

test('a first visit whose connection breaks says so', async () => {
  const registration = new FakeRegistration();
  registration.installing = new FakeWorker('installing');
  const { offline } = page(registration, false);
  const kept = offline.keep('sw.js');
  await turn();
  registration.installing.become('redundant');
  await kept;
  expect(offline.state.getState().kept).toBe('failed');
});

test('what is large and did not come leaves the page kept', async () => {
  const { offline } = page(visited(false));
  await offline.keep('sw.js');
  expect(offline.state.getState().kept).toBe('page');
});

test('a newer version is told when all of it has come, and never loads the page again by itself', async () => {
  const registration = visited();
  const { offline, reloads } = page(registration);
  await offline.keep('sw.js');
  const next = new FakeWorker('installing');
  registration.find(next);
  await turn();
  expect(offline.state.getState().newer).toBe('none');
  registration.waiting = next;
  next.become('installed');
  await turn();
  expect([offline.state.getState().newer, reloads, next.asked]).toEqual(['waiting', [], []]);
  offline.dismiss();
  expect(offline.state.getState().newer).toBe('none');
});

test('one that broke off on its way is not told', async () => {
  const registration = visited();
  const { offline } = page(registration);
  await offline.keep('sw.js');
  const next = new FakeWorker('installing');
  registration.find(next);
  next.become('redundant');
  await turn();
  expect(offline.state.getState().newer).toBe('none');
});

test('one that waits since an earlier visit is told, but not to a page that came from the network', async () => {
  for (const [controlled, newer] of [
    [true, 'waiting'],
    [false, 'none'],
  ] as const) {
    const registration = visited();
    waits(registration);
    const { offline } = page(registration, controlled);
    await offline.keep('sw.js');
    expect(offline.state.getState().newer).toBe(newer);
  }
});

test('when it is wanted at once it takes over, then the page is loaded again, once', async () => {
  const registration = visited();
  const next = waits(registration);
  const { offline, reloads } = page(registration);
  await offline.keep('sw.js');
  await offline.useNewer();
  expect([next.asked, reloads]).toEqual([['takeOver'], ['reload']]);
});

test('while other tabs show the version before, it does not take over, and that is said', async () => {
  const registration = visited();
  const next = waits(registration);
  next.answer = false;
  const { offline, reloads } = page(registration);
  await offline.keep('sw.js');
  await offline.useNewer();
  expect([offline.state.getState().newer, reloads]).toEqual(['otherTabs', []]);
  next.answer = true;
  await offline.useNewer();
  expect(reloads).toEqual(['reload']);
});
