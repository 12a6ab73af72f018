/**
 * `npm test`: types, lint, the audit of packages, unit and kernel tests in Node, then the page in a real browser. The first step that fails
 * ends the run. `node test/run.mjs unit test/ops/rmsNorm.test.ts` runs one step, with arguments for its tool.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireBrowser, vulkanEnvironment } from './support/browser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const unitReport = 'test-results/unit.json';
const pageReport = 'test-results/e2e.json';

/**
 * `measure` takes minutes and is no part of the tests.
 * @type {Record<string, string[]>}
 */
const steps = {
  types: ['tsc'],
  lint: ['biome', 'check'],
  audit: ['node', 'test/audit.mjs'],
  unit: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`],
  e2e: ['playwright', 'test'],
  measure: ['vitest', 'run', '--config', 'test/bench/vitest.config.ts'],
};

/** @type {Record<string, () => [passed: number, failed: number, skipped: number]>} */
const counts = {
  unit: () => {
    const report = readReport(unitReport);
    return [report.numPassedTests, report.numFailedTests, report.numPendingTests + report.numTodoTests];
  },
  e2e: () => {
    const { stats } = readReport(pageReport);
    return [stats.expected, stats.unexpected + stats.flaky, stats.skipped];
  },
};

/** @param {string} path */
function readReport(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/** A port that nobody uses, so that a page that is already being served is neither tested nor disturbed. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no free port');
  return String(address.port);
}

/**
 * @param {string} name
 * @param {string[]} extra
 * @param {NodeJS.ProcessEnv} env
 */
function runStep(name, extra, env) {
  const [tool = '', ...options] = steps[name] ?? [];
  const started = performance.now();
  console.log(`\n── ${name} ──`);
  const { status } = spawnSync(tool, [...options, ...extra], {
    cwd: root,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`── ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s ──`);
  return status === 0;
}

const [only, ...extra] = process.argv.slice(2);
if (only !== undefined && !(only in steps)) {
  console.error(`"${only}" is not a step; there are: ${Object.keys(steps).join(', ')}`);
  process.exit(2);
}

const browser = requireBrowser();
/** @type {NodeJS.ProcessEnv} */
const env = {
  ...process.env,
  ...vulkanEnvironment(browser),
  CHROME_PATH: browser,
  E2E_PORT: await freePort(),
  PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
};
console.log(
  `browser: ${browser}\nVulkan driver for Node: ${env.VK_ICD_FILENAMES ?? env.VK_DRIVER_FILES ?? "the system's"}`,
);

const total = [0, 0, 0];
let ok = true;
for (const name of only === undefined ? ['types', 'lint', 'audit', 'unit', 'e2e'] : [only]) {
  // A report of an earlier run must not be counted when a tool dies before it writes its own.
  rmSync(join(root, name === 'e2e' ? pageReport : unitReport), { force: true });
  ok = runStep(name, extra, env);
  try {
    counts[name]?.().forEach((count, i) => {
      total[i] = (total[i] ?? 0) + count;
    });
  } catch {
    ok = false;
    console.error(`${name} left no report: it ended before its tests did`);
  }
  if (!ok) break;
}
console.log(`\ntests: ${total[0]} passed, ${total[1]} failed, ${total[2]} skipped`);
process.exit(ok ? 0 : 1);
