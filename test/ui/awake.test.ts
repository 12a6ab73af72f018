// The screen stays on while a stage works, and not a moment longer, whenever the page was hidden in between.
import { afterEach, expect, test, vi } from 'vitest';
import { keepScreenOn } from '../../src/ui/running/awake';

afterEach(() => {
  vi.unstubAllGlobals();
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

function browser() {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const locks: { released: boolean; release: () => Promise<void> }[] = [];
  const grants: (() => void)[] = [];
  const request = () =>
    new Promise((resolve) => {
      const lock = { released: false, release: async () => void Object.assign(lock, { released: true }) };
      locks.push(lock);
      grants.push(() => resolve(lock));
    });
  vi.stubGlobal('document', page);
  vi.stubGlobal('navigator', { wakeLock: { request } });
  const show = (visibilityState: 'visible' | 'hidden') => {
    Object.assign(page, { visibilityState });
    page.dispatchEvent(new Event('visibilitychange'));
  };
  const grant = async () => {
    for (const give of grants.splice(0)) give();
    await turn();
  };
  return { locks, show, grant, on: () => locks.filter(({ released }) => !released).length };
}

test('a page that is hidden and seen again before it was answered lets the screen sleep in the end', async () => {
  const { show, grant, on } = browser();
  const end = keepScreenOn();
  show('hidden');
  show('visible');
  await grant();
  expect(on()).toBeGreaterThan(0);
  end();
  expect(on()).toBe(0);
});

test('what the browser took back while the page was hidden is asked for again; what comes after the end is given back', async () => {
  const { locks, show, grant, on } = browser();
  const end = keepScreenOn();
  await grant();
  await locks[0]?.release();
  show('hidden');
  show('visible');
  expect(locks).toHaveLength(2);
  end();
  await grant();
  expect(on()).toBe(0);
});
