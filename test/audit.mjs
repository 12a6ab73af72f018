/**
 * The packages that become part of the page, against the advisories that the registry of this machine knows: `npm audit`. High and
 * critical ones fail, unless `allowed` says why they do no harm here. Where there is nobody to ask, that is said, and nothing fails.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * By the advisory's name (GHSA-…): why what it describes cannot happen here. One that no report names any more is to be taken out.
 * @type {Readonly<Record<string, string>>}
 */
const allowed = {};

/**
 * @typedef {{ readonly name: string, readonly severity: string, readonly title: string, readonly url: string }} Advisory
 * @typedef {{ readonly verdict: 'passed' | 'failed' | 'not audited', readonly lines: readonly string[] }} Judged
 */

/**
 * @param {string} text What `npm audit --json` printed.
 * @param {Readonly<Record<string, string>>} reasons
 * @returns {Judged}
 */
export function judge(text, reasons) {
  const report = parsed(text);
  if (typeof report?.vulnerabilities !== 'object') {
    return { verdict: 'not audited', lines: [report?.message ?? report?.error?.summary ?? 'npm gave no report'] };
  }
  /** @type {Map<string, Advisory>} */
  const found = new Map();
  for (const { via } of Object.values(report.vulnerabilities))
    for (const cause of via) if (typeof cause === 'object') found.set(identifier(cause.url), cause);
  const grave = [...found].filter(([, { severity }]) => severity === 'high' || severity === 'critical');
  const open = grave.filter(([id]) => !(id in reasons));
  const stale = Object.keys(reasons).filter((id) => !found.has(id));
  const line = (/** @type {[string, Advisory]} */ [id, { name, severity, title }]) =>
    `${severity}: ${name}, ${title} (${id})${id in reasons ? `; allowed: ${reasons[id]}` : ''}`;
  return {
    verdict: open.length + stale.length > 0 ? 'failed' : 'passed',
    lines: [...[...found].map(line), ...stale.map((id) => `${id} is allowed, and no package has it any more`)],
  };
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} url */
function identifier(url) {
  return url.split('/').at(-1) ?? url;
}

function ask() {
  const options = ['--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=30000'];
  const { stdout } = spawnSync('npm', ['audit', ...options], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    timeout: 60_000,
    shell: process.platform === 'win32',
  });
  return stdout ?? '';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { verdict, lines } = judge(ask(), allowed);
  for (const line of lines) console.log(verdict === 'not audited' ? `not audited: ${line}` : line);
  if (verdict === 'passed')
    console.log('No package of the page has a high or critical advisory that is not accounted for.');
  process.exit(verdict === 'failed' ? 1 : 0);
}
