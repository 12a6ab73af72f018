// The Hub in the store: what the page shows while a model is looked up, downloaded and deleted.
import { expect, test } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { hubModel, storedModel } from '../support/fakeEngine';
import { codes, started, state } from './bench';

const token = { value: 'hf_secret', endpoint: 'https://hub.test' };
const request = { model: 'a/b', revision: 'main', endpoint: 'https://hub.test', token };
const progress = {
  state: 'fetching',
  key: 'k',
  name: 'a/b',
  file: 'f',
  done: 5,
  total: 10,
  bytesPerSecond: 1,
} as const;

test('a model is looked up, downloaded and listed, and the token is nowhere in what the page knows', async () => {
  const { studio, engine } = await started();
  const seen: unknown[] = [];
  studio.session.subscribe((s) => seen.push(s.hub));
  await studio.findModel(request);
  expect(state(studio).hub).toMatchObject({ looking: false, found: hubModel('a/b') });
  engine().downloading = [progress];
  await studio.download(request);
  expect(seen).toContainEqual(expect.objectContaining({ progress }));
  expect(state(studio).hub).toEqual({
    ...{ looking: false, found: undefined, progress: undefined },
    stored: [storedModel('a/b')],
  });
  expect(JSON.stringify(seen)).not.toContain(token.value);
  await studio.deleteStored('a/b@c');
  expect(state(studio).hub.stored).toEqual([]);
  expect(codes(studio)).toEqual([]);
});

test('what goes wrong is told once, a cancel is no news, and what is stored is looked at again', async () => {
  const { studio, engine } = await started();
  for (const code of ['hub-gated', 'hub-cancelled']) {
    engine().stored = [storedModel('x', false)];
    engine().failure = new StudioError(code, `says ${code}`);
    await studio.download(request);
    expect(state(studio).hub).toMatchObject({ progress: undefined, stored: [{ whole: false }] });
  }
  expect(codes(studio)).toEqual(['hub-gated']);
  engine().failure = new StudioError('hub-not-found', 'not there');
  await studio.findModel(request);
  expect(state(studio).hub).toMatchObject({ looking: false, found: undefined });
  expect(codes(studio)).toEqual(['hub-gated', 'hub-not-found']);
});
