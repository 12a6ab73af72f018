// The model card: what its front matter says to the Hub, that nothing is invented, and that no text breaks out of its place.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Artifact, ModelOrigin } from '../../src/engine/studio';
import { modelCard } from '../../src/engine/takeHome/card/card';
import { code, fenced, plain } from '../../src/engine/takeHome/card/markdown';
import { frontMatterOf } from '../../src/engine/takeHome/card/yaml';
import type { Forms } from '../../src/engine/takeHome/facts';
import { type Changes, hubOrigin, keptRun } from '../support/keptRun';

const plainForms: Forms = { safetensors: true, onnx: [], gguf: [], legal: [] };
const card = (artifact: Artifact, changes: Changes = {}, forms: Partial<Forms> = {}) =>
  modelCard(keptRun(changes), { artifact, forms: { ...plainForms, ...forms } });

/** Lines of the front matter. */
function front(text: string): readonly string[] {
  const [, block] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
  return (block ?? '').split('\n');
}

describe('the front matter', () => {
  it('names base model, licence, library and task of a student from the Hub', () => {
    const lines = front(card('student-distilled', { student: hubOrigin }));
    for (const line of [
      ...['license: other', 'license_name: qwen-research', 'license_link: "https://hub.test/LICENSE"'],
      ...['base_model: "Qwen/Qwen2.5-3B-Instruct"', 'base_model_relation: finetune'],
      ...['library_name: transformers', 'pipeline_tag: text-generation', '- distillation'],
    ])
      expect(lines).toContain(line);
    expect(lines.join('\n')).not.toContain('datasets');
  });

  it('a licence that came as a file is linked to as that file; a known one needs no name', () => {
    const own = front(card('teacher-merged', { teacher: hubOrigin }, { legal: ['NOTICE', 'LICENSE'] }));
    expect(own).toContain('license_link: LICENSE');
    const licence = { id: 'Apache-2.0', link: undefined, commercial: true };
    const known = front(card('teacher-merged', { teacher: { licence, stated: 'card' } }));
    expect(known).toContain('license: apache-2.0');
    expect(known.join('\n')).not.toContain('license_');
  });

  it('says that it does not know, and invents neither licence nor repository', () => {
    const nowhere: ModelOrigin = { stated: 'nowhere' };
    for (const teacher of [undefined, nowhere]) {
      const text = card('teacher-merged', { teacher });
      expect(front(text)).toContain('license: unknown');
      expect(front(text).join('\n')).not.toContain('base_model');
      expect(text).toContain('unknown: nothing that came with the model says it');
      expect(text).toContain('where it comes from is not known');
    }
  });

  it('an adapter belongs to PEFT and to its base', () => {
    const lines = front(card('teacher-adapter', { teacher: hubOrigin }));
    expect(lines).toContain('library_name: peft');
    expect(lines).toContain('base_model_relation: adapter');
  });

  it('has the metrics of the model itself, with n and interval', () => {
    const text = front(card('student-distilled')).join('\n');
    expect(text).toContain('- type: accuracy\n      value: 0.7\n');
    expect(text).toMatch(/n: 10\n\s+correct: 7\n\s+interval_95:\n\s+- 0\.39/);
    expect(front(card('control-adapter')).join('\n')).not.toContain('model-index');
  });

  it('is YAML of maps and lists, with every risky text quoted', () => {
    const fields = { a: 'no', b: 'x: y', c: ['1', 2, true], d: [{ e: 'f', g: [] }], h: undefined, i: '\u0085\u2028#' };
    expect(frontMatterOf(fields)).toBe(
      '---\na: "no"\nb: "x: y"\nc:\n- "1"\n- 2\n- true\nd:\n- e: f\n  g: []\ni: "\\u0085\\u2028#"\n---\n',
    );
  });
});

describe('the text', () => {
  it('tells how a student was made: teacher, adapter, divergence, temperature, seed, recipe', () => {
    const text = card('student-distilled');
    for (const said of [
      ...['plain teacher with its adapter merged in', 'KL(teacher ‖ student)', 'at temperature 2', 'rank 8, alpha 16'],
      ...['| distill | 2 of 2 | 1 of 1 |', '| sft | 4 of 6 | 2 of 3 |', '| 7 |', '"seed": 7', `\`${'f'.repeat(64)}\``],
    ])
      expect(text).toContain(said);
    expect(text).toContain('| **student, distilled** | 70.0 % | 7 of 10 | 39.7 % to 89.2 % |');
    expect(text).toContain('The stage sft did not come to its end (stopped after 4 steps).');
  });

  it('speaks of the teacher where it taught, and only there', () => {
    const changes = { teacher: hubOrigin };
    expect(card('student-distilled', changes)).toContain('by its name, not for commercial use');
    expect(card('control-adapter', changes)).not.toContain('| teacher | ');
  });

  it('shows how to use what lies in the folder, and nothing else', () => {
    const all = card('student-distilled', {}, { onnx: ['fp32', 'fp16'], gguf: ['model-q8_0.gguf'] });
    expect(all).toContain("pipeline('text-generation', 'owner/name', { dtype: 'fp16' })");
    expect(all).toContain('llama-cli -m model-q8_0.gguf');
    expect(all).toContain('from transformers import pipeline');
    expect(all).toContain('In ONNX, questions of different lengths are asked one by one');
    const bare = card('student-distilled');
    expect(bare).not.toContain('In ONNX');
    for (const other of ['transformers.js', 'llama', 'ollama']) expect(bare).not.toContain(other);
    expect(card('teacher-adapter')).toContain('PeftModel.from_pretrained');
  });

  it('gives Ollama the system prompt as it is, whatever stands in it', () => {
    const systemPrompt = `Say "two" it's \\n\n100 %s: $HOME \`ls\` "`;
    const { record, ...run } = keptRun();
    const facts = { ...run, record: { ...record, stages: {}, recipe: { ...record.recipe, systemPrompt } } };
    const forms = { ...plainForms, gguf: ['student-F16.gguf'] };
    const script = /```sh\n([\s\S]*?)\n```/.exec(modelCard(facts, { artifact: 'student-distilled', forms }))![1]!;
    const folder = mkdtempSync(join(tmpdir(), 'card-'));
    // Neither program is here.
    execFileSync('sh', ['-c', script.replace(/\b(llama-cli|ollama) /g, 'true ')], { cwd: folder });
    const modelfile = readFileSync(join(folder, 'Modelfile'), 'utf8');
    expect(modelfile).toBe(`FROM ./student-F16.gguf\nSYSTEM """${systemPrompt}"""\n`);
  });

  it('never holds a row', () => {
    for (const artifact of ['teacher-merged', 'student-distilled'] as const)
      expect(card(artifact)).not.toMatch(/\bq\d+\b/);
  });
});

it('whatever people and files write, the card has the same headings, fences and front matter', () => {
  const skeleton = (text: string) => {
    const body = text.slice(text.indexOf('\n---\n') + 5);
    const outside = body
      .replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, '(code)')
      .replace(/(?<!`)(`+)(?!`) ?.*? ?(?<!`)\1(?!`)/g, '(span)');
    return [front(text).map((line) => line.split(':')[0]), outside.match(/^(#+|\||>|-|1\.)|\(code\)|<\w|\]\(|\n---/gm)];
  };
  const wanted = skeleton(card('student-distilled', { said: 'x' }));
  expect(wanted[1]?.length).toBeGreaterThan(30);
  const characters = [
    '#',
    '|',
    '`',
    '```',
    '---',
    '\n',
    ': ',
    '"',
    "'",
    '<b>',
    '](',
    '\\',
    '- ',
    '> ',
    '\u2028',
    '&',
    'x',
  ];
  const hostile = fc.string({ unit: fc.constantFrom(...characters), minLength: 1 });
  fc.assert(
    fc.property(hostile, (said) => {
      expect(skeleton(card('student-distilled', { said: `x${said}x` }))).toEqual(wanted);
    }),
    { numRuns: 300, seed: 1 },
  );
  expect(skeleton(card('student-distilled', { said: 'x' }).replace('## Use', '## Use\n\n## More'))).not.toEqual(wanted);
});

it('code and text keep what they were given', () => {
  expect(code('a`b')).toBe('`` a`b ``');
  expect(code('ab')).toBe('`ab`');
  expect(fenced('sh', 'a\n```\nb')).toBe('````sh\na\n```\nb\n````\n');
  expect(plain('a\n<b>')).toBe('a &#60;b&#62;');
});
