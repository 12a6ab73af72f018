/**
 * Ten thousand damaged and hostile files of every format: `npm run fuzz`, or `FUZZ_SEED=7 FUZZ_TIMES=2 npm run fuzz` for others and
 * for twice as many; `FORMAT=CSV` for one format. No GPU and no browser.
 */
import { expect, it } from 'vitest';
import { attack } from '../hostile/attack';
import { modelFormats } from '../hostile/modelFormats';
import { otherFormats } from '../hostile/otherFormats';
import { drawn } from '../support/fuzz';
import { log } from './log';

const FILES = 10_000;

it('ten thousand files of every format', async () => {
  const { FORMAT: only } = process.env;
  const rows: string[] = [];
  const failed: string[] = [];
  const times = drawn(FILES);
  for (const format of [...modelFormats, ...otherFormats]) {
    if (only !== undefined && format.name !== only) continue;
    const since = performance.now();
    const outcome = await attack(format, times).catch((error: unknown) => String(error));
    const seconds = ((performance.now() - since) / 1000).toFixed(0);
    if (typeof outcome === 'string') {
      failed.push(outcome);
      console.log(`${format.name}: ${outcome}`);
      continue;
    }
    const { accepted, refused, slowest } = outcome;
    const sentences = [...refused].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
    const row = `| ${format.name} | ${format.reference} | ${accepted} | ${sentences.slice(0, 4).join(', ')} | ${slowest.toFixed(0)} |`;
    rows.push(row);
    console.log(row, `${seconds} s`);
  }
  const head = '| format | reference | accepted | refused | slowest, ms |\n| --- | --- | ---: | --- | ---: |';
  const how = `FUZZ_SEED=${times.seed} npm run fuzz (${times.numRuns} files of each)`;
  if (only === undefined && failed.length === 0) log('hostile files', 'no adapter', how, [head, ...rows].join('\n'));
  expect(failed).toEqual([]);
});
