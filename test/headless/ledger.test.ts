/** `npm run ledger`: the table and the figures from files, and what is said of arguments that cannot be used. */
import { expect, it } from 'vitest';
import { ledgerText } from '../../src/headless/ledger';

const demo = ['--model', 'public/models/student/config.json', '--rows', 'public/data/train.jsonl'];
const teacher = ['--teacher', 'public/models/teacher/config.json'];

it('prints every op of a step, their sum and the least', async () => {
  const lines = (await ledgerText(demo)).split('\n');
  expect(lines[0]).toMatch(/^\d+ tokens, \d+ label positions; at most \d+\.\d\d GB held$/);
  expect(lines.some((line) => line.startsWith('attention.backwardKey'))).toBe(true);
  expect(lines.at(-2)).toMatch(/^sum +\d+ +\d+\.\d{3} +100\.0 % +\d+\.\d{3}$/);
  expect(lines.at(-1)).toMatch(/^least /);
});

it('gives the same as figures; distillation adds the teacher', async () => {
  const [sft, distilled] = await Promise.all(
    [demo, [...demo, ...teacher]].map(async (args) => JSON.parse(await ledgerText([...args, '--json']))),
  );
  const flops = Object.values<{ flops: number }>(sft.ops).reduce((sum, op) => sum + op.flops, 0);
  expect(flops).toBeCloseTo(sft.total.flops);
  expect(sft.ops).not.toHaveProperty('loss.distill');
  expect(distilled.ops['loss.distill'].dispatches).toBe(1);
  expect(distilled.held).toBeGreaterThan(sft.held);
});

it.each([
  ['no arguments', [], 'Usage: npm run ledger'],
  ['an unknown one', ['--modell', 'x'], "Unknown option '--modell'"],
  ['a config that is not there', ['--model', 'nowhere.json', '--rows', 'x'], 'nowhere.json cannot be read'],
  ['rows that are no rows', [...demo.slice(0, 3), 'package.json'], 'package.json has no usable row'],
  ['a file that is not JSON', ['--model', 'README.md', '--rows', 'x'], 'README.md is not valid JSON'],
])('refuses %s in words', async (_, args, sentence) => {
  await expect(ledgerText(args)).rejects.toThrow(sentence);
});
