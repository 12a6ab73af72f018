// A folder on disk to a small Hub from the command line: with the token from the environment, private unless said.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { push } from '../../src/headless/push';
import { errorOf } from '../hub/bench';
import { folder, noise, repository, secret, startPushHub } from '../hub/pushBench';
import type { FakePushHub } from '../support/fakePushHub';

let hub: FakePushHub;
let home: string;
/** Beyond what is hashed in one piece. */
const large = noise(11_000_000, 5);

beforeAll(async () => {
  hub = await startPushHub();
  home = await mkdtemp(join(tmpdir(), 'push-'));
  for (const [path, bytes] of Object.entries({ ...folder, 'large.gguf': large, '.cache/x': Buffer.from('no') })) {
    await mkdir(dirname(join(home, 'student', path)), { recursive: true });
    await writeFile(join(home, 'student', path), bytes);
  }
  await mkdir(join(home, 'base'));
  await writeFile(join(home, 'base', 'README.md'), '---\nlicense: other\nlicense_name: qwen-research\n---\n');
});
afterAll(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

const run = async (...args: readonly string[]): Promise<readonly string[]> => {
  const lines: string[] = [];
  const env = { HF_TOKEN: secret };
  await push([join(home, 'student'), ...args], env, (line) => lines.push(line), new AbortController().signal);
  expect(lines.join()).not.toContain(secret);
  return lines;
};

it('pushes what lies on disk, folders below too, and says the licence first', async () => {
  const lines = await run(repository, '--endpoint', hub.endpoint);
  const tree = hub.tree(repository);
  expect(Object.keys(tree).sort()).toEqual([...Object.keys(folder), 'large.gguf'].sort());
  expect(tree['large.gguf']?.equals(large)).toBe(true);
  expect(tree['onnx/model.onnx']?.equals(folder['onnx/model.onnx']!)).toBe(true);
  expect(tree['onnx/model.onnx']?.equals(noise(5_000, 9))).toBe(false);
  expect(hub.repositories.get(repository)?.private).toBe(true);
  expect(lines[0]).toContain('licence apache-2.0');
  expect(lines[1]).toContain('Org/base: its licence is not known');
  expect(lines.at(-1)).toMatch(/\/lin\/tiny-student: commit [0-9a-f]{40}/);
});

it('asks before a repository that is there, and sends nothing twice', async () => {
  expect((await errorOf(run(repository, '--endpoint', hub.endpoint))).code).toBe('push-exists');
  const lines = await run(repository, '--endpoint', hub.endpoint, '--existing', 'private', '--json');
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'pushed', sent: 0 });
});

it('makes a public repository when told to, and refuses to drop the licence of a base', async () => {
  await run('lin/open', '--public', '--endpoint', hub.endpoint);
  expect(hub.repositories.get('lin/open')?.private).toBe(false);
  const base = join(home, 'base');
  expect((await errorOf(run('lin/lost', '--endpoint', hub.endpoint, '--base', base))).code).toBe('push-licence-lost');
});

it('refuses other arguments, a folder that is not there, and a push without a token', async () => {
  expect((await errorOf(run())).code).toBe('no-push');
  expect((await errorOf(run(repository, '--existing', 'yes'))).code).toBe('no-push');
  expect((await errorOf(run(repository, '--token', 'x'))).code).toBe('no-push');
  const without = push([join(home, 'student'), repository], {}, () => {}, new AbortController().signal);
  expect((await errorOf(without)).code).toBe('push-no-token');
  const gone = push([join(home, 'gone'), repository], {}, () => {}, new AbortController().signal);
  expect((await errorOf(gone)).code).toBe('path-unreadable');
});
