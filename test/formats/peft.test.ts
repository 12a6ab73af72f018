/** Adapters between PEFT and the studio, both ways. The folders are PEFT's own (see fixtures/adapters). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFloats } from '../../src/engine/formats/floats';
import { blobSource, openFolder } from '../../src/engine/formats/folder';
import { type LoraPair, type Modules, readPeft, writePeft } from '../../src/engine/formats/peft';
import { parsePeftConfig } from '../../src/engine/formats/peftConfig';
import { openSafetensors } from '../../src/engine/formats/safetensors';
import { relativeError } from '../support/compare';

const fixtures = join(import.meta.dirname, '../fixtures/adapters');

/** The goldens' tiny teacher. */
const shapes: readonly (readonly [string, number, number])[] = [
  ['self_attn.q_proj', 64, 64],
  ['self_attn.k_proj', 32, 64],
  ['self_attn.v_proj', 32, 64],
  ['self_attn.o_proj', 64, 64],
  ['mlp.gate_proj', 96, 64],
  ['mlp.up_proj', 96, 64],
  ['mlp.down_proj', 64, 96],
];
const modules: Modules = new Map(
  [0, 1, 2].flatMap((layer) =>
    shapes.map(([name, out, inputs]) => [`model.layers.${layer}.${name}`, [out, inputs]] as const),
  ),
);

const file = (folder: string, name: string) => new File([readFileSync(join(fixtures, folder, name))], name);
const read = (files: readonly File[]) => readPeft(openFolder({ kind: 'files', name: 'adapter', files }), modules);
const open = async (files: readonly File[]) => (await read(files)).pairs;
const peftFolder = (name: string) => ['adapter_config.json', 'adapter_model.safetensors'].map((f) => file(name, f));

function delta({ rank, scale, a, b }: LoraPair, [outputs, inputs]: readonly [number, number]): Float64Array {
  return Float64Array.from({ length: outputs * inputs }, (_, at) => {
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += b[Math.floor(at / inputs) * rank + r]! * a[r * inputs + (at % inputs)]!;
    return scale * sum;
  });
}

describe.each([
  ['list', 9],
  ['patterns', 10],
  ['all', 21],
])('PEFT’s adapter “%s”', (name, count) => {
  it('adds to every weight what PEFT adds', async () => {
    const pairs = await open(peftFolder(name));
    expect(pairs.size).toBe(count);
    const source = blobSource('deltas.safetensors', file(name, 'deltas.safetensors'));
    const { tensors } = await openSafetensors(source);
    expect(tensors.size).toBeGreaterThan(2);
    for (const [module, info] of tensors) {
      const expected = await readFloats({ source, info });
      const found = delta(pairs.get(module)!, modules.get(module)!);
      // `all` was stored in bf16, and PEFT multiplied its factors in bf16 as well.
      expect(relativeError(found, expected), module).toBeLessThan(name === 'all' ? 1e-2 : 1e-6);
      expect(
        relativeError(
          found.map((value) => 1.1 * value),
          expected,
        ),
      ).toBeGreaterThan(5e-2);
    }
  });
});

describe('what the studio writes', () => {
  it('reads back as it was', async () => {
    const pairs = await open(peftFolder('list'));
    const facts = { rank: 4, alpha: 8, dropout: 0.1, baseModel: 'tiny' };
    const written = writePeft(pairs, modules, facts);
    const files = [...written].map(([name, blob]) => new File([blob], name));
    expect(await open(files)).toEqual(pairs);
    const config = JSON.parse(await written.get('adapter_config.json')!.text());
    expect(config).toMatchObject({ peft_type: 'LORA', r: 4, lora_alpha: 8, lora_dropout: 0.1, rank_pattern: {} });
    expect(config.target_modules).toEqual(['q_proj', 'v_proj', 'down_proj']);
    expect(await read(files)).toMatchObject({ dropout: 0.1, baseModel: 'tiny' });
  });

  it('keeps modules of their own rank, alpha and layer', async () => {
    const pairs = await open(peftFolder('patterns'));
    const written = writePeft(pairs, modules, { rank: 5, alpha: 6, dropout: 0, baseModel: 'tiny' });
    const config = JSON.parse(await written.get('adapter_config.json')!.text());
    expect(config.target_modules).toHaveLength(10);
    expect(config.rank_pattern['model.layers.0.self_attn.k_proj']).toBe(3);
    expect(config.rank_pattern['model.layers.2.self_attn.q_proj']).toBeUndefined();
    const again = await open([...written].map(([name, blob]) => new File([blob], name)));
    expect([...again.keys()]).toEqual([...pairs.keys()]);
    for (const [module, { rank, scale, a, b }] of pairs) {
      expect(again.get(module)).toEqual({ rank, scale: expect.closeTo(scale, 10), a, b });
    }
  });
});

describe('an adapter that cannot be used', () => {
  const config = JSON.parse(readFileSync(join(fixtures, 'list/adapter_config.json'), 'utf8'));
  const weights = file('list', 'adapter_model.safetensors');
  const changed = (changes: object) => [
    new File([JSON.stringify({ ...config, ...changes })], 'adapter_config.json'),
    weights,
  ];

  it.each([
    ['use_dora', true],
    ['modules_to_save', ['lm_head']],
    ['bias', 'all'],
    ['layers_to_transform', [0]],
    ['exclude_modules', 'q_proj'],
    ['peft_type', 'IA3'],
  ])('is refused by the name of the field: %s', async (field, value) => {
    await expect(open(changed({ [field]: value }))).rejects.toMatchObject({
      code: 'adapter-unsupported',
      detail: { field },
    });
  });

  it('is not refused for what changes nothing', async () => {
    expect((await open(changed({ modules_to_save: [], use_dora: undefined, future_field: 7 }))).size).toBe(9);
  });

  it.each([
    [{ r: 0 }, 'adapter-invalid', '"r"'],
    [{ lora_alpha: '8' }, 'adapter-invalid', '"lora_alpha"'],
    [{ target_modules: '(' }, 'adapter-invalid', '"target_modules"'],
    [{ r: 5 }, 'adapter-mismatch', 'shape'],
    [{ target_modules: ['q_proj', 'v_proj'] }, 'adapter-mismatch', 'down_proj'],
    [{ target_modules: ['q_proj', 'v_proj', 'down_proj', 'up_proj'] }, 'adapter-mismatch', 'up_proj'],
    [{ target_modules: ['c_attn'] }, 'adapter-mismatch', 'lora_A'],
  ])('%j: %s', async (changes, code, part) => {
    await expect(open(changed(changes))).rejects.toMatchObject({ code, message: expect.stringContaining(part) });
  });

  it('lacks a file, or has one that is damaged', async () => {
    await expect(open([weights])).rejects.toMatchObject({ code: 'adapter-files-missing' });
    const broken = new File(['{'], 'adapter_config.json');
    await expect(open([broken, weights])).rejects.toMatchObject({ code: 'file-not-json' });
    const cut = new File([weights.slice(0, weights.size - 8)], weights.name);
    await expect(open([changed({})[0]!, cut])).rejects.toMatchObject({ code: 'safetensors-invalid' });
  });
});

describe('names and patterns, as PEFT matches them', () => {
  const base = { peft_type: 'LORA', r: 8, lora_alpha: 16 };

  it('a list means last parts, a text the whole name', () => {
    const list = parsePeftConfig({ ...base, target_modules: ['q_proj', 'mlp.up_proj'] });
    expect(list.targets('model.layers.0.self_attn.q_proj')).toBe(true);
    expect(list.targets('model.layers.0.mlp.up_proj')).toBe(true);
    expect(list.targets('model.layers.0.self_attn.xq_proj')).toBe(false);
    const whole = parsePeftConfig({ ...base, target_modules: '.*\\.q_proj' });
    expect(whole.targets('model.layers.0.self_attn.q_proj')).toBe(true);
    expect(whole.targets('model.layers.0.self_attn.q_proj.more')).toBe(false);
  });

  it('the first pattern of rank and alpha that fits wins, and rsLoRA divides by the root', () => {
    const config = parsePeftConfig({
      ...base,
      target_modules: ['q_proj'],
      use_rslora: true,
      rank_pattern: { 'layers\\.1\\..*': 4, q_proj: 16 },
      alpha_pattern: { q_proj: 8 },
    });
    expect(config.rank('model.layers.1.self_attn.q_proj')).toBe(4);
    expect(config.rank('model.layers.0.self_attn.q_proj')).toBe(16);
    expect(config.rank('model.layers.0.self_attn.k_proj')).toBe(8);
    expect(config.scale('model.layers.0.self_attn.q_proj')).toBe(8 / 4);
    expect(config.scale('model.layers.0.self_attn.k_proj')).toBeCloseTo(16 / Math.sqrt(8));
  });
});
