/**
 * The kernel tests and the benchmarks in one file for machines with nothing but Node and a Vulkan driver:
 * `node bundle.mjs [part of a file's path …]`; without any, the kernel tests, then the benchmarks beside other libraries.
 * Environment: as the benchmarks say; `MATCH` takes only tests whose name matches.
 */
import { join } from 'node:path';
import { type File, startTests, type Task, type Test, type VitestRunner } from '@vitest/runner';
import { globals } from 'webgpu';
import { endTest } from '../../support/gpu';

Object.assign(globalThis, globals);
process.env.HEADLESS ??= join(import.meta.dirname, '../../../headless.mjs');

type Files = Readonly<Record<string, () => Promise<unknown>>>;

const files: Files = {
  // The published schema is compared with its file by Vitest itself.
  ...import.meta.glob(['../../{ops,model,train,gpu}/*.test.ts', '!../../train/document.test.ts']),
  ...import.meta.glob(
    '../{attention,checkpointing,kernels,kills,onnxOnCard,peers,published,recording,story,variants}.measure.ts',
  ),
};

const usual = ['/ops/', '/model/', 'goldens.test', '/peers.measure'];

/** Hours of one benchmark are no failure. */
const TIMEOUT = 10 * 3_600_000;

const runner: VitestRunner = {
  config: {
    ...{ root: '', name: undefined, setupFiles: [], passWithNoTests: false, allowOnly: false, retry: 0 },
    ...{ maxConcurrency: 1, testTimeout: TIMEOUT, hookTimeout: TIMEOUT, includeTaskLocation: false },
    ...{ chaiConfig: undefined, tags: [], tagsFilter: undefined, strictTags: false },
    testNamePattern: process.env.MATCH ? new RegExp(process.env.MATCH) : undefined,
    sequence: { seed: 1, hooks: 'stack', setupFiles: 'list', concurrent: false },
  },
  importFile: (path) => files[path]?.(),
  // What `setup.ts` does under Vitest.
  onAfterTryTask: () => endTest(),
  onAfterRunTask: (test) => console.log(line(test)),
};

function line({ name, suite, result }: Test): string {
  const sign = result?.state === 'pass' ? '✓' : result?.state === 'fail' ? '✗' : '·';
  const errors = (result?.errors ?? []).map(({ message }) => `\n    ${message.split('\n').join('\n    ')}`);
  return `${sign} ${suite ? `${suite.name} > ` : ''}${name} ${Math.round(result?.duration ?? 0)} ms${errors.join('')}`;
}

const testsOf = (task: Task): Test[] => (task.type === 'test' ? [task] : task.tasks.flatMap(testsOf));

function failures(file: File): number {
  for (const { message } of file.result?.errors ?? []) console.log(`✗ ${file.name}: ${message}`);
  const failed = testsOf(file).filter(({ result }) => result?.state === 'fail').length;
  return failed + (file.result?.errors?.length ?? 0);
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : usual;
const paths = Object.keys(files).filter((path) => wanted.some((part) => path.includes(part)));
if (paths.length === 0) {
  console.error(`Nothing is called “${wanted.join('”, “')}”. There are:\n${Object.keys(files).join('\n')}`);
  process.exit(2);
}
const done: File[] = [];
// One file after the other: tests first.
for (const path of paths.toSorted((a, b) => Number(a.includes('measure')) - Number(b.includes('measure')))) {
  console.log(`\n── ${path.replace(/^(\.\.\/)+/, '')} ──`);
  done.push(...(await startTests([path], runner)));
}
const failed = done.reduce((sum, file) => sum + failures(file), 0);
const passed = done.flatMap(testsOf).filter(({ result }) => result?.state === 'pass').length;
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
