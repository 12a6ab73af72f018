// A push in the store: what the page shows of it, what it asks, and that the token is nowhere in what the page knows.
import { expect, test } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import type { PushProgress } from '../../src/store';
import { pushPreview } from '../support/fakeEngine';
import { codes, started, state } from './bench';

const token = { value: 'hf_secret', endpoint: 'https://hub.test' };
const folder = { kind: 'files', files: [] } as const;
const request = {
  ...{ folder, repository: 'lin/a', endpoint: 'https://hub.test', token },
  ...({ visibility: 'private', existing: undefined, message: 'm' } as const),
};
const progress: PushProgress = { state: 'uploading', file: 'f', done: 1, total: 2, bytesPerSecond: 1 };

test('a folder is looked at, pushed and shown where it is; the token stays nowhere', async () => {
  const { studio, engine } = await started();
  const seen: unknown[] = [];
  studio.session.subscribe((s) => seen.push(s.push));
  await studio.inspectPush(folder);
  expect(state(studio).push.preview).toEqual(pushPreview);
  engine().pushing = [progress];
  await studio.push(request);
  expect(seen).toContainEqual(expect.objectContaining({ progress }));
  expect(state(studio).push).toMatchObject({
    progress: undefined,
    pushed: { repository: 'lin/a' },
    failure: undefined,
  });
  expect(JSON.stringify(seen)).not.toContain(token.value);
  studio.stopPush();
  expect(engine().calls.slice(-3)).toEqual(['inspectPush files', 'push lin/a private new', 'cancelPush']);
  await studio.inspectPush(undefined);
  expect(state(studio).push).toMatchObject({ preview: undefined, pushed: undefined });
  expect(codes(studio)).toEqual([]);
});

test('a repository that is there is a question, a failure a sentence, and a stop no news', async () => {
  const { studio, engine } = await started();
  const detail = { visibility: 'public', page: 'https://hub.test/lin/a' };
  engine().failure = new StudioError('push-exists', 'is there', detail);
  await studio.push(request);
  expect(state(studio).push).toMatchObject({ exists: { repository: 'lin/a', ...detail }, failure: undefined });
  engine().failure = new StudioError('push-token-read', 'only reads');
  await studio.push({ ...request, existing: 'public' });
  expect(state(studio).push).toMatchObject({ exists: undefined, failure: { code: 'push-token-read' } });
  engine().failure = new StudioError('push-cancelled', 'stopped');
  await studio.push(request);
  expect(state(studio).push).toMatchObject({ failure: undefined, progress: undefined });
  engine().failure = new StudioError('push-no-card', 'no card');
  await studio.inspectPush(folder);
  expect(state(studio).push).toMatchObject({ preview: undefined, failure: { code: 'push-no-card' } });
});
