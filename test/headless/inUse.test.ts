/** Two jobs in one folder: the second is told, and the first does not notice; who was killed holds nothing. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createStudioEngine } from '../../src/engine/engine';
import { addressOf, holdFolder } from '../../src/headless/inUse';
import { runJob } from '../../src/headless/run';
import { temporaryScratch } from '../../src/headless/scratch';
import { dawnCompiledOnce } from '../support/compiledOnce';
import { jobIn, temporary } from '../support/smallJob';

const inUse = { code: 'output-in-use' };

it('a folder is held once, whatever it is called, and until it is let go', async () => {
  const parent = temporary();
  const [folder, other, link] = [join(parent, 'out'), join(parent, 'other'), join(parent, 'link')];
  symlinkSync(parent, link);
  // Before it is made, and after.
  const first = await holdFolder(folder);
  await expect(holdFolder(join(link, 'out'))).rejects.toMatchObject(inUse);
  mkdirSync(folder);
  await expect(holdFolder(join(link, 'out'))).rejects.toMatchObject(inUse);
  await (await holdFolder(other))[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await (await holdFolder(folder))[Symbol.asyncDispose]();
});

it('a process that was killed holds nothing', async () => {
  const folder = temporary();
  const address = JSON.stringify(await addressOf(realpathSync(folder)));
  const kill = `require('net').createServer().listen(${address}, () => process.kill(process.pid, 'SIGKILL'))`;
  expect(spawnSync(process.execPath, ['-e', kill]).signal).toBe('SIGKILL');
  await (await holdFolder(folder))[Symbol.asyncDispose]();
});

it('a job is not begun, nor gone on with, where one is at work', { timeout: 120_000 }, async () => {
  const job = jobIn(temporary());
  const engine = () => createStudioEngine(dawnCompiledOnce(), undefined, temporaryScratch);
  const [first, stop] = [engine(), new AbortController()];
  const seconds: Promise<unknown>[] = [];
  const working = runJob(
    job,
    first,
    (event) => {
      if (event.type !== 'opened' || seconds.length > 0) return;
      for (const resume of [false, true])
        seconds.push(runJob(job, engine(), () => {}, undefined, resume).catch((error) => error.code));
      Promise.all(seconds).then(() => {
        stop.abort();
        first.stop();
      });
    },
    stop.signal,
  );
  expect(await working, 'stopped, not failed').toBe(false);
  expect(await Promise.all(seconds)).toEqual(['output-in-use', 'output-in-use']);
});
