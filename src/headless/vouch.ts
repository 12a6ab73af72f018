/**
 * `npm run headless -- vouch <folder> --rows <test.jsonl> [--form fp32|fp16|q4] [--recipe recipe.json] [--most 20] [--json]`:
 * an exported folder under our kernels and under onnxruntime-web, on test rows. Exit code 0 when they agree (for q4: when it was
 * measured), 1 when they do not, or it was stopped.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { Studio } from '../engine/engine';
import type { OnnxForm, VouchEvent, VouchReport, VouchRow } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { importRecipe } from '../engine/train/document';
import { defaultRecipe, type Recipe } from '../engine/train/recipe';
import { exportedFolder, rowsFile } from './files';

const usage =
  'Usage: npm run headless -- vouch <folder> --rows <test.jsonl> [--form fp32|fp16|q4] [--recipe <recipe.json>] [--most <rows>] [--json]';

const options = {
  rows: { type: 'string' },
  form: { type: 'string', default: 'fp32' },
  recipe: { type: 'string' },
  most: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const onnxForms: readonly OnnxForm[] = ['fp32', 'fp16', 'q4'];

/** What a folder is vouched for with: `engine` has been opened, and its test rows are loaded. */
export interface FolderVouching {
  readonly form: OnnxForm;
  readonly recipe: Recipe;
  /** How many of the test rows; undefined: all. */
  readonly rows?: number | undefined;
}

/** Also for a job, after it has saved `folder`. Rejects as `VouchDoor.vouch`. */
export async function vouchFolder(
  engine: Pick<Studio, 'vouch'>,
  folder: string,
  vouching: FolderVouching,
  listen: (event: VouchEvent) => void,
): Promise<VouchReport> {
  const source = await exportedFolder(folder);
  return engine.vouch({ ...vouching, folder: source, runtime: 'onnxruntime', backend: 'wasm' }, listen);
}

/** Whether both agree; `print` gets the lines. Throws a StudioError: `no-vouch` on other arguments, or what vouching throws. */
export async function vouchCommand(
  engine: Pick<Studio, 'open' | 'loadData' | 'vouch'>,
  args: readonly string[],
  print: (line: string) => void,
): Promise<boolean> {
  const { folder, file, json, ...how } = await parsed(args);
  await engine.open();
  await engine.loadData('test', basename(file), await rowsFile(file));
  const report = await vouchFolder(engine, folder, how, (event) => {
    if (event.type === 'row' && !json && event.row.difference) print(differenceLine(event.row));
  });
  print(json ? JSON.stringify(report, null, 2) : summaryOf(report));
  return report.verdict === 'agrees' || report.verdict === 'measured';
}

async function parsed(args: readonly string[]) {
  const { values, positionals } = read(args);
  const [folder, ...others] = positionals;
  const form = onnxForms.find((known) => known === values.form);
  const rows = values.most === undefined ? undefined : Number(values.most);
  const usable = rows === undefined || (Number.isInteger(rows) && rows > 0);
  const { rows: file, recipe: document, json } = values;
  if (!folder || others.length > 0 || !file || !form || !usable) throw new StudioError('no-vouch', usage);
  const recipe = document ? importRecipe(document, await text(document)) : defaultRecipe;
  return { folder, file, form, recipe, rows, json };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new StudioError('no-vouch', `${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StudioError('path-unreadable', `${path} cannot be read: ${reason}.`, { path, reason });
  }
}

function differenceLine({ line, difference, ours, second }: VouchRow): string {
  const { index, tie, margin, behind } = difference!;
  const token = (which: 'ours' | 'second') => `"${difference![which].text}" (${difference![which].id})`;
  const what = tie ? 'a tie, broken the other way' : 'another answer';
  return (
    `line ${line}: ${what} from token ${index} on: ours ${token('ours')}, second engine ${token('second')}, ` +
    `${behind.toPrecision(2)} behind (our first choice leads by ${margin.toPrecision(2)})\n` +
    `  ours:   ${ours.text}\n  second: ${second.text}`
  );
}

export function summaryOf(report: VouchReport): string {
  const {
    verdict,
    reasons,
    rows,
    asked,
    leftOut,
    form,
    largest,
    mean,
    beyond,
    sameAnswers,
    ties,
    correct,
    milliseconds,
  } = report;
  const counted = rows.length < asked ? `${rows.length} of ${asked}` : asked;
  const right = (count: number) => `${count} right (${(count / Math.max(1, rows.length)).toFixed(4)})`;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    `${form}, onnxruntime-web ${report.backend}, ${counted} rows${leftOut > 0 ? `, ${leftOut} left out that do not fit the model` : ''}`,
    `logits: at most ${largest.toExponential(1)} apart, ${mean.toExponential(1)} on average, ${beyond} rows beyond the tolerance`,
    `answers: ${sameAnswers} the same, ${rows.length - sameAnswers} not (${ties} at a tie)`,
    `accuracy: ours ${right(correct.ours)}, second engine ${right(correct.second)}`,
    `ours ${seconds(milliseconds.ours)}, second engine ${seconds(milliseconds.second)}, opened in ${seconds(milliseconds.opening)}`,
    verdict === 'disagrees' ? `DISAGREES: ${reasons.join(', ')}` : verdict,
  ].join('\n');
}
