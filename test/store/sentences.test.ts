// Every error and problem the engine can raise has a sentence on the page, the same placeholders in both languages.
import { readdirSync, readFileSync } from 'node:fs';
import i18next from 'i18next';
import { expect, test } from 'vitest';
import { parseJsonl } from '../../src/engine/data/jsonl';
import { describeProblem } from '../../src/ui/i18n/describe';
import { en } from '../../src/ui/i18n/en';
import { zh } from '../../src/ui/i18n/zh';

function sources(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('\n');
}

function found(text: string, ...patterns: readonly RegExp[]): readonly string[] {
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
}

const quoted = "'([a-z][a-z-]+)'";

test('every code of an engine error has a sentence', () => {
  const makers = ['StudioError', 'PassingError', 'said', 'passing'].join('|');
  const codes = found(sources('src/engine'), new RegExp(`\\b(?:${makers})\\(\\s*${quoted}`, 'g'));
  expect(codes).toEqual(expect.arrayContaining(['no-model', 'hub-gated', 'hub-too-many', 'hub-unreachable']));
  expect(codes.filter((code) => !(`error.${code}` in en))).toEqual([]);
});

test('every code of a failure that the store or the client makes has a sentence', () => {
  const text = sources('src/store') + sources('src/worker');
  const codes = found(text, new RegExp(`code: ${quoted}`, 'g'), new RegExp(`refused?\\(\\s*${quoted}`, 'g'));
  expect(codes).toEqual(expect.arrayContaining(['drop-picture', 'folder-no-model']));
  // Never shown: it only says that a restart is under way.
  const silent = ['worker-closed'];
  expect(codes.filter((code) => !silent.includes(code) && !(`error.${code}` in en))).toEqual([]);
});

test('every code of a problem in the rows has a sentence', () => {
  const text = sources('src/engine/data');
  const codes = found(text, new RegExp(`code: ${quoted}`, 'g'), new RegExp(`problem\\(line, ${quoted}`, 'g'));
  expect(codes).toContain('line-not-json');
  expect(codes.filter((code) => !(`problem.${code}` in en))).toEqual([]);
});

test('both languages have the same keys and the same placeholders, and no sentence is empty', () => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  const placeholders = (text: string): string[] => found(text, /\{\{(\w+)\}\}/g).toSorted();
  const different = Object.entries(en).filter(([key, text]) => {
    const other = Object.entries(zh).find(([name]) => name === key)?.[1] ?? '';
    return other === '' || placeholders(other).join() !== placeholders(text).join();
  });
  expect(different.map(([key]) => key)).toEqual([]);
});

test('the two languages are two languages', () => {
  const same = Object.entries(zh).filter(([key, text]) => Object.entries(en).some(([k, v]) => k === key && v === text));
  const names =
    /^(app\.name|stage\.sft|station\.sft|settings\.(sft|lora)|field\.(beta\d|epsilon|jsdBeta|topK|topP)|check\.(runtime\.(onnxruntime|transformers\.js)|backend\.(wasm|webgpu)))$/;
  expect(same.map(([key]) => key).filter((key) => !names.test(key))).toEqual([]);
});

test('what a value is instead is said in the language of the page, and never taken as a reference', async () => {
  const lines = ['[1]', '{"instruction":1,"output":"2"}', '{"messages":[{"role":"$t(app.name)","content":"x"}]}'];
  const { problems } = parseJsonl(new TextEncoder().encode(lines.join('\n')));
  const t = await i18next.createInstance().init({
    lng: 'zh',
    defaultNS: 'page',
    resources: { zh: { page: zh } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
  });
  expect(problems.map((problem) => describeProblem(t, problem))).toEqual([
    '不是 JSON 对象，而是列表。',
    '字段“instruction”应为文本，实际是数字。',
    '“messages[0].role”应为 system、user 或 assistant，实际是 "$t(app.name)"。',
  ]);
});
