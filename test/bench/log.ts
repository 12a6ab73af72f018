/** Results of a benchmark into `test/bench/LOG.md`, newest first, with what they were measured on. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const file = 'test/bench/LOG.md';

/** Where there is no log, as in a bundle, nothing is written. */
export function log(title: string, adapter: string, how: string, table: string): void {
  if (!existsSync(file)) return;
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`;
  const entry = `## ${date} · ${title}, ${adapter}\n\n\`${how}\`, ${commit()}, ${machine}.\n\n${table}\n\n`;
  const text = readFileSync(file, 'utf8');
  const first = text.search(/^## /m);
  writeFileSync(file, text.slice(0, first) + entry + text.slice(first));
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--', 'src', 'shaders') === '' ? '' : ' and changes on it';
    return `commit ${git('rev-parse', '--short', 'HEAD')}${changed}`;
  } catch {
    return 'no commit';
  }
}
