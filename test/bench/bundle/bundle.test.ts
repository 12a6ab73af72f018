/** The bundle on its own: away from the repository it finds its fixtures and Dawn, and a failing test fails it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
let folder = '';

beforeAll(() => {
  const { status, stderr } = spawnSync('node', [join(import.meta.dirname, 'make.mjs')], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  cpSync(join(root, 'dist/bundle'), folder, { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync('node', ['bundle.mjs', ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } });
}

it('runs kernel tests and model goldens', () => {
  const { status, stdout, stderr } = run(['/ops/rope.', 'goldens.test'], { MATCH: 'rope|forward KL' });
  expect(stdout, stderr).toMatch(/✓ hardware: forward KL against PyTorch > has its loss and every LoRA gradient/);
  expect(stdout).toMatch(/\n\d+ passed, 0 failed/);
  expect(status).toBe(0);
});

it('says what there is when nothing of a name is there', () => {
  const { status, stderr } = run(['nonsense']);
  expect(status).toBe(2);
  expect(stderr).toContain('ops/linear.test.ts');
});
