/** `npm run ledger`: the table and the figures from files, and what is said of arguments that cannot be used. */
import { describe, expect, it } from 'vitest';
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

it('holds what the teacher has said in later epochs, and rows in halves for units for matrices', async () => {
  const of = async (...args: string[]) => JSON.parse(await ledgerText([...demo, ...teacher, '--json', ...args]));
  const [first, later, units] = [await of(), await of('--later'), await of('--matrices')];
  expect(later.held).toBeGreaterThan(first.held);
  expect(later.total.dispatches).toBeLessThan(first.total.dispatches);
  expect(units.held - first.held).toBe(112 * 2 ** 20);
  expect(units.total.flops).toBeGreaterThan(first.total.flops);
  expect([first, units].map(({ ops }) => 'linear.halveX' in ops)).toEqual([false, true]);
});

describe('a stage of the published recipe', () => {
  const qwen = 'test/fixtures/qwen2.5';
  const model = (size: string) => `${qwen}/config-Qwen2.5-${size}-Instruct.json`;
  const rows = ['--rows', 'public/data/train.jsonl', '--tokenizer', qwen, '--matrices', '--json'];
  const distillation = ['--model', model('0.5B'), '--teacher', model('3B')];

  it.each([
    ['SFT of the 3B', ['--model', model('3B')]],
    ['distillation of it into the 0.5B', distillation],
    ['distillation in several epochs', [...distillation, '--later']],
  ])('holds at most 8.5 GB: %s', async (_, args) => {
    const { held } = JSON.parse(await ledgerText([...args, ...rows]));
    // The 3B's weights alone.
    expect(held).toBeGreaterThan(6.1e9);
    expect(held).toBeLessThan(8.5e9);
  });
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
