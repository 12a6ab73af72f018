/** Which addresses become code: those of our own origin, and for a library the one that it was given. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { letLibraryStart, ownScript } from '../../src/worker/ownScript';

const foreign = [
  ...['https://other.test/worker.js', '//other.test/worker.js', 'blob:https://studio.test/1234'],
  ...['data:text/javascript,1', 'javascript:1', 'https://studio.test:8443/worker.js', 'http://studio.test/worker.js'],
];

beforeEach(() => {
  vi.stubGlobal('location', new URL('https://studio.test/any/folder/'));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it('files of our own origin alone are given away', () => {
  expect(ownScript('assets/worker-1.js')).toBe('https://studio.test/any/folder/assets/worker-1.js');
  for (const address of foreign) expect(() => ownScript(address), address).toThrow(TypeError);
});

it('a library starts the one file that it was given', () => {
  const createPolicy = vi.fn();
  vi.stubGlobal('trustedTypes', { createPolicy });
  letLibraryStart('https://studio.test/assets/threads.mjs');
  const [name, { createScriptURL }] = createPolicy.mock.lastCall!;
  expect(name).toBe('default');
  expect(createScriptURL('https://studio.test/assets/threads.mjs')).toBe('https://studio.test/assets/threads.mjs');
  for (const address of ['https://studio.test/assets/other.mjs', ...foreign])
    expect(() => createScriptURL(address), address).toThrow(TypeError);
});
