/**
 * A model of a real size written as ONNX in the page, in real Chromium: seconds, and the memory of all of the browser's processes
 * on the way, above what they held before. Then ONNX Runtime reads it back there and must give our first tokens.
 * `MODEL=folder ADAPTER=folder npm run measure -- exporting`; Linux only, since it reads /proc. `test/fixtures/random_model/make.py`
 * makes both folders (`teacher`, `teacher-adapter`); FORM is `fp16` or another form of ONNX.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { build, preview } from 'vite';
import { expect, it } from 'vitest';
import config from '../../playwright.config';
import { Studio } from '../e2e/studio';
import { heldBytes } from './memory';

const MB = 1e6;
const HOUR = 3_600_000;

/** Bytes that a process and all below it hold. */
function heldBelow(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (pid: number): boolean => pid === root || (parents.has(pid) && below(parents.get(pid)!));
  return [...parents.keys()].filter(below).reduce((sum, pid) => sum + heldBytes(pid), 0);
}

/** What `work` took, and the most that was held on the way above what was held before. */
async function measured(pid: number, work: () => Promise<void>): Promise<string> {
  const before = heldBelow(pid);
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, heldBelow(pid));
  }, 50);
  const since = performance.now();
  await work().finally(() => clearInterval(look));
  const seconds = (performance.now() - since) / 1000;
  return `${seconds.toFixed(1)} s, at most ${((most - before) / MB).toFixed(0)} MB above the ${(before / MB).toFixed(0)} MB before`;
}

function wanted(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} names no folder: see the head of exporting.measure.ts`);
  return value;
}

it('a model as ONNX, written and read in the page', { timeout: HOUR }, async () => {
  const [model, adapter, form] = [wanted('MODEL'), wanted('ADAPTER'), process.env.FORM ?? 'fp16'];
  await build({ logLevel: 'error' });
  const server = await preview({ logLevel: 'error', preview: { port: 0, host: '127.0.0.1', strictPort: false } });
  // A profile on the disk: in a private one, files of the browser's own file system lie in memory.
  const profile = mkdtempSync(join(tmpdir(), 'profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...config.use?.launchOptions,
    ...{ viewport: { width: 1440, height: 1000 }, serviceWorkers: 'block', locale: 'en-US' },
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(server.resolvedUrls!.local[0]!);
    page.on('dialog', (dialog) => dialog.accept());
    const studio = new Studio(page);
    await studio.expectStage('sft', 'idle');
    await open(studio, model, adapter);
    await studio.run('merge', HOUR);
    await studio.click('station-takeHome');
    await studio.get('export-form-onnx-fp16').uncheck();
    await studio.get(`export-form-onnx-${form}`).check();
    await studio.get('check-after').uncheck();
    const pid = browserPid(profile);
    const written = await measured(pid, async () => {
      await studio.get('export').click();
      await studio.get('exported').waitFor({ timeout: HOUR });
    });
    console.log(`${form} written: ${written}`);
    const read = await measured(pid, async () => {
      await studio.click('export-check');
      await studio.get('check-start').click();
      await studio.get('check-verdict').waitFor({ timeout: HOUR });
    });
    const verdict = studio.get('check-verdict');
    console.log(`${form} read back: ${read}\n${await verdict.innerText()}`);
    expect(await verdict.getAttribute('data-verdict')).toMatch(/^(agrees|measured)$/);
  } finally {
    await context.close();
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  }
});

/** One short row is enough: what is measured is the model. */
async function open(studio: Studio, model: string, adapter: string): Promise<void> {
  await studio.drop('test', 'one.jsonl', '{"instruction": "12", "output": "7 + 5"}\n');
  await studio.setField('evaluation.maxNewTokens', 3);
  const card = studio.get('model-teacher');
  await (await studio.reveal('folder-teacher')).setInputFiles(model);
  await card.and(studio.page.locator('[aria-busy=true]')).waitFor();
  await card.and(studio.page.locator('[aria-busy=false]')).waitFor({ timeout: HOUR });
  await studio.get('adapter-folder-teacher').setInputFiles(adapter);
  await expect.poll(() => studio.get('adapter-teacher').innerText(), { timeout: HOUR }).toContain('rank');
}

/** The one process that has the profile and is nobody's child of it. */
function browserPid(profile: string): number {
  const having = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return command.includes(`--user-data-dir=${profile}`) && !command.includes('--type=');
      } catch {
        return false;
      }
    });
  return Math.min(...having.map(Number));
}
