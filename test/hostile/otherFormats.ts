/** Rows, recipes, runs, checkpoints and what a Hub answers, with who else says what is valid of them. */
import { createHash } from 'node:crypto';
import Papa from 'papaparse';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/engine/checkpoint/file';
import { Slots } from '../../src/engine/checkpoint/slots';
import { readCsv } from '../../src/engine/data/csv';
import { type ParsedRows, parseJsonl } from '../../src/engine/data/jsonl';
import { safetensorsHeader } from '../../src/engine/formats/safetensorsWriter';
import { HubClient } from '../../src/engine/hub/client';
import { lookUp } from '../../src/engine/hub/lookup';
import type { HubModel } from '../../src/engine/hub/types';
import { runFiles } from '../../src/engine/takeHome/files';
import { readRun } from '../../src/engine/takeHome/readRun';
import { importRecipe, parseDocument } from '../../src/engine/train/document';
import { defaultRecipe, parseRecipe, type Recipe } from '../../src/engine/train/recipe';
import { keptRun } from '../support/keptRun';
import { brokenRule } from '../support/safetensorsOracle';
import { model } from '../support/tinyFolders';
import { type Format, jsonObjection, utf8 } from './attack';
import { damagedBytes, damagedText } from './mutations';

type Bytes = Uint8Array<ArrayBuffer>;
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encoded = (text: string): Bytes => new TextEncoder().encode(text);

/** What every accepted recipe is: itself when it is read again, and of numbers only where numbers belong. */
function recipeObjection(recipe: Recipe): string | undefined {
  const again = JSON.stringify(parseRecipe(JSON.parse(JSON.stringify(recipe))));
  if (again !== JSON.stringify(recipe)) return 'it is another one when it is read again';
  if (Object.getPrototypeOf(recipe) !== Object.prototype || Object.hasOwn(recipe, '__proto__')) return 'its prototype';
  const { lora, sft } = recipe;
  return lora.rank >= 1 && lora.rank <= 65_536 && sft.batchSize >= 1 && sft.learningRate > 0 ? undefined : 'a range';
}

const recipeText = JSON.stringify({ version: 1, teacher: 'a', output: 'b', recipe: defaultRecipe });

const recipe: Format = {
  name: 'recipe',
  reference: 'JSON.parse, and the recipe read a second time',
  files: damagedText(recipeText),
  read: (bytes) => importRecipe('recipe.json', textOf(bytes)),
  objection: (bytes, found) => jsonObjection(bytes) ?? recipeObjection(found as Recipe),
};

const document: Format = {
  name: 'run document',
  reference: 'JSON.parse, and the recipe read a second time',
  files: damagedText(recipeText),
  read: (bytes) => parseDocument(jsonObjection(bytes) ? undefined : JSON.parse(textOf(bytes)), 'job.json'),
  objection: (bytes, found) => jsonObjection(bytes) ?? recipeObjection((found as { recipe: Recipe }).recipe),
};

const kept = new Map([...runFiles(keptRun(), { answers: true })].map(({ path, bytes }) => [path, textOf(bytes)]));
const runTexts = {
  run: kept.get('run.json')!,
  metrics: kept.get('metrics.jsonl')!,
  evaluations: kept.get('evaluations.jsonl')!,
};

function runFormat(file: keyof typeof runTexts, name: string): Format {
  return {
    name,
    reference: 'JSON.parse of the file or its lines',
    files: damagedText(runTexts[file]),
    read: (bytes) => readRun('folder', { ...runTexts, [file]: textOf(bytes) }),
    objection: (bytes) => {
      if (file === 'run') return jsonObjection(bytes);
      const lines = textOf(bytes)
        .split(/\r\n|\n|\r/)
        .filter((line) => line.trim() !== '');
      return lines.map((line) => jsonObjection(encoded(line))).find((refused) => refused !== undefined);
    },
  };
}

const rowsText = [
  '{"instruction":"2631","input":"","output":"a--->2164 + 467"}',
  '{"messages":[{"role":"user","content":"1"},{"role":"assistant","content":"2"}]}',
  '{"conversations":[{"from":"human","value":"1"},{"from":"gpt","value":"2"}],"system":"s"}',
  '{"question":"q","answer":"x","history":[["a","b"]]}',
].join('\n');

/** Every row is one line (or item) that is JSON and an object with both its texts in it. */
const jsonl: Format = {
  name: 'JSONL',
  reference: 'JSON.parse of each line',
  files: damagedText(rowsText),
  read: (bytes) => parseJsonl(bytes),
  objection: (bytes, found) => {
    const { examples, problems } = (found as Partial<ParsedRows>) ?? {};
    if (!examples || !problems) return 'no rows';
    // Of bytes that are not all UTF-8 a line ends where the byte of a line feed stands, and nowhere else.
    const lines = textOf(bytes).split(utf8(bytes) === undefined ? '\n' : /\r\n|\n|\r/);
    const array = problems.some(({ code }) => code === 'file-is-array') || !jsonObjection(bytes);
    for (const { line, question, answer } of examples) {
      const [item] = array ? [JSON.parse(textOf(bytes))].flat().slice(line - 1) : [JSON.parse(lines[line - 1]!)];
      const texts = JSON.stringify(item);
      if (typeof item !== 'object' || item === null) return `line ${line} is no object`;
      for (const text of [question, answer])
        if (typeof text !== 'string' || !texts.includes(JSON.stringify(answer).slice(1, -1))) return `line ${line}`;
    }
    const long = problems.find(({ message }) => message.length > 1500);
    return long ? `a sentence of ${long.message.length} characters` : undefined;
  },
};

const table = 'question,answer,note\n1,"two, ""three""",\n"a\nb",c,d\n4,5,6\n';

const csv: Format = {
  name: 'CSV',
  reference: 'papaparse',
  files: damagedText(table),
  read: (bytes) => readCsv(utf8(bytes) ?? '', ''),
  objection: (bytes, found) => {
    const { rows } = found as Partial<ReturnType<typeof readCsv>>;
    if (!rows) return 'no rows';
    const { data, errors } = Papa.parse<string[]>((utf8(bytes) ?? '').replace(/\r\n?/g, '\n'), { newline: '\n' });
    const broken = new Set(errors.flatMap(({ type, row }) => (type === 'Quotes' && row !== undefined ? [row] : [])));
    const [, ...whole] = data.filter((fields, i) => !broken.has(i) && fields.some((field) => field.trim() !== ''));
    const theirs = new Set(whole.map((fields) => fields.join('\0').replace(/\0+$/, '')));
    const strange = rows.find(({ value }) => !theirs.has(Object.values(value).join('\0').replace(/\0+$/, '')));
    // Names that are whole numbers come first in an object, wherever their columns stand.
    const turned = rows.some(({ value }) => Object.keys(value).some((key) => /^\d+$/.test(key)));
    return strange && !turned ? `line ${strange.line} is no row there` : undefined;
  },
};

const digest = 'ab'.repeat(8);
const state = {
  ...{ version: 1, software: '0.1.0', written: 1.7e12, stage: 'sft', step: 2, totalSteps: 9, milliseconds: 5 },
  recipe: defaultRecipe,
  lora: { rank: 2, alpha: 4, targets: ['q_proj'] },
  models: { trained: digest },
  changes: { skipped: [], rates: [] },
  rows: { count: 3, fingerprint: digest },
  kernels: { adapter: 'a', digest: 'd', forced: undefined, timings: [] },
} as unknown as Parameters<typeof encodeCheckpoint>[0];
const values = { adapter: encoded('abcdefgh'), first: encoded('ijklmnop'), second: encoded('qrstuvwx') };

const checkpointBytes = new Uint8Array(
  await new Blob([...(await encodeCheckpoint(state, values, new Blob()))]).arrayBuffer(),
);
const hash = (part: Uint8Array | string): string => createHash('sha256').update(part).digest('hex');

/** As `encodeCheckpoint`, around a description that nobody has looked at. */
function forgery(description: string): Blob {
  const sums = {
    adapter: hash(values.adapter),
    first: hash(values.first),
    second: hash(values.second),
    events: hash(''),
  };
  const json = description.replace(/\}\s*$/, `,"digests":${JSON.stringify(sums)}}`);
  const entries = Object.values({ adapter: values.adapter, exp_avg: values.first, exp_avg_sq: values.second });
  const tensors = ['adapter', 'exp_avg', 'exp_avg_sq'].map((name, i) => ({
    name,
    dtype: 'F32',
    shape: [2],
    data: entries[i]!,
  }));
  const events = { name: 'events', dtype: 'U8', shape: [0], data: new Uint8Array(0) };
  const described = { 'distillery.checkpoint': json, 'distillery.sha256': hash(json) };
  return new Blob([safetensorsHeader([...tensors, events], described), ...entries]);
}

/** All that training goes on from is what was written, bit by bit, or else the file is refused. */
const checkpoint: Format = {
  name: 'checkpoint',
  reference: 'the oracle of safetensors, and SHA-256 of what was written',
  files: damagedBytes(checkpointBytes),
  read: (bytes) => decodeCheckpoint(new Blob([Uint8Array.from(bytes)]), 'a.safetensors'),
  objection: (bytes, found) => {
    const broken = brokenRule(bytes);
    if (broken) return broken;
    const { digests: _, ...read } = (found as Awaited<ReturnType<typeof decodeCheckpoint>>).state;
    const whole = { ...read, values: (found as { values: object }).values };
    return hash(JSON.stringify(whole)) === hash(JSON.stringify({ ...state, values }))
      ? undefined
      : 'it is not what was written';
  },
};

/** Somebody who changes a checkpoint's description can compute the checksums as well. */
const forged: Format = {
  name: 'checkpoint, forged',
  reference: 'JSON.parse, and the recipe read a second time',
  files: damagedText(JSON.stringify(state)),
  read: (bytes) => decodeCheckpoint(forgery(textOf(bytes)), 'a.safetensors'),
  objection: (bytes, found) => {
    const refused = jsonObjection(bytes);
    if (refused) return refused;
    const { state: read } = found as Awaited<ReturnType<typeof decodeCheckpoint>>;
    if (!Number.isInteger(read.step) || read.step < 1 || !Number.isInteger(read.lora.rank)) return 'a count';
    return recipeObjection(read.recipe);
  },
};

const checkpointIndex: Format = {
  name: 'checkpoint index',
  reference: 'the two files beside it',
  files: damagedText('{"version":1,"newest":"a.safetensors"}'),
  read: (bytes) => {
    const files = new Map([
      ['index.json', bytes],
      ['a.safetensors', checkpointBytes],
    ]);
    const read = async (name: string) => {
      const found = files.get(name);
      return found && new Blob([Uint8Array.from(found)]);
    };
    return new Slots({ read, write: async () => {}, rename: async () => {} }).read();
  },
  objection: (_, found) => {
    const step = (found as { state?: { step?: number } } | undefined)?.state?.step;
    return step === 2 ? undefined : 'the whole checkpoint was not found';
  },
};

const listing = {
  sha: 'c'.repeat(40),
  cardData: { license: 'other', license_name: 'mine', license_link: 'LICENSE' },
  siblings: Object.keys({ ...model, 'model.safetensors': '' }).map((rfilename) => ({
    ...{ rfilename, size: 100, blobId: 'd'.repeat(40) },
    ...(rfilename.endsWith('safetensors') && { lfs: { sha256: 'e'.repeat(64) } }),
  })),
};

const hub: Format = {
  name: "Hub's answer",
  reference: 'JSON.parse, and files of a folder of their own',
  files: damagedText(JSON.stringify(listing)),
  read: (bytes) => {
    const answers = async (address: URL | RequestInfo) => {
      if (String(address).includes('/api/')) return new Response(Uint8Array.from(bytes));
      return new Response(model[String(address).split('/').at(-1)!] ?? 'none', { status: 200 });
    };
    const reference = { endpoint: 'https://hub.test', name: 'Org/tiny', revision: 'main', token: undefined };
    const options = { fetch: answers, wait: async () => {}, stall: 1000, now: () => 0 };
    return lookUp(new HubClient(reference, options), new AbortController().signal);
  },
  objection: (bytes, found) => {
    const refused = jsonObjection(bytes);
    if (refused) return refused;
    const { commit, files, bytes: sum, licence } = found as HubModel;
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return `the commit ${commit}`;
    if (!files.every(({ path, bytes: size }) => /^[^/\\]+$/.test(path) && Number.isSafeInteger(size) && size >= 0))
      return 'a file of no folder';
    if (!Number.isSafeInteger(sum)) return `${sum} bytes`;
    return licence?.link && !/^https?:\/\//.test(licence.link) ? `a link to ${licence.link}` : undefined;
  },
};

export const otherFormats: readonly Format[] = [
  ...[recipe, document, runFormat('run', 'run.json'), runFormat('metrics', 'metrics.jsonl')],
  ...[runFormat('evaluations', 'evaluations.jsonl'), jsonl, csv, checkpoint, forged, checkpointIndex, hub],
];
