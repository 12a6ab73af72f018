/** `npm run headless -- selftest`: the table, the figures, and the exit of a kernel that differs. */
import { expect, it } from 'vitest';
import { createStudioEngine } from '../../src/engine/engine';
import type { KernelCheck, SelfTestReport } from '../../src/engine/studio';
import { selfTest } from '../../src/headless/selfTest';
import { checkOf, createFakeEngine } from '../support/fakeEngine';
import { dawn } from '../support/gpu';

const check = checkOf();

async function told(checks: readonly KernelCheck[], stopped = false, args: readonly string[] = []) {
  const lines: string[] = [];
  const engine = {
    ...createFakeEngine(),
    selfTest: async (_request: unknown, listen: (progress: never) => void): Promise<SelfTestReport> => {
      for (const one of checks) listen({ check: one } as never);
      return { checks, total: 2, stopped, milliseconds: 1500 };
    },
  };
  return { agreed: await selfTest(engine, args, (line) => lines.push(line)), lines: lines.join('\n').split('\n') };
}

it('prints a line for each kernel of this adapter, and they agree', async () => {
  const lines: string[] = [];
  expect(await selfTest(createStudioEngine(dawn()), [], (line) => lines.push(line))).toBe(true);
  expect(lines.at(-1)).toMatch(/^(\d+) of \1 kernels agree with their twins, [\d.]+ s\.$/);
  expect(lines.filter((line) => /^linear\.forward, registers .* agrees$/.test(line))).toHaveLength(1);
});

it('says which kernel differs, and does not call that agreement', async () => {
  const wrong: KernelCheck = { ...check, variant: 'tiles128', error: 0.5, passed: false };
  const refused = { ...check, op: 'rope', variant: undefined, error: Number.NaN, passed: false, problem: 'no memory' };
  const { agreed, lines } = await told([check, wrong, refused]);
  expect(agreed).toBe(false);
  expect(lines[2]).toMatch(/^linear\.forward, tiles64 +37 × 96 → 100 +2\.0e-7 +1e-5 {2}agrees$/);
  expect(lines[3]).toMatch(/^linear\.forward, tiles128 .* 5\.0e-1 .* DIFFERS$/);
  expect(lines[4]).toMatch(/^rope\.forward .* NaN .* DIFFERS: no memory$/);
  expect(lines[5]).toBe('1 of 3 kernels agree with their twins, 1.5 s.');
  expect((await told([check, check])).agreed).toBe(true);
});

it('does not call a stopped one agreement either', async () => {
  const { agreed, lines } = await told([check], true);
  expect(agreed).toBe(false);
  expect(lines.at(-1)).toBe(
    '1 of 2 kernels were compared before the stop, and 1 of 1 kernels agree with their twins, 1.5 s.',
  );
});

it('prints JSON alone when that is asked for, and refuses other arguments', async () => {
  const { lines } = await told([check], false, ['--json']);
  expect(JSON.parse(lines.join('\n'))).toMatchObject({ checks: [{ op: 'linear', error: 2e-7 }], stopped: false });
  await expect(told([], false, ['--everything'])).rejects.toThrow('Usage: npm run headless -- selftest');
});
