// The parser of safetensors headers against files of every kind: valid, damaged, made up. What it accepts is what a second,
// independent description of the format accepts; everything else it refuses in words, and it never asks for a byte twice.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteSource, openSafetensors, type Safetensors } from '../../src/engine/formats/safetensors';
import { StudioError } from '../../src/engine/studioError';
import { drawn } from '../support/fuzz';
import { assemble, damagedFiles, randomFiles, validFiles } from '../support/safetensorsFiles';
import { brokenRule } from '../support/safetensorsOracle';

const settings = drawn(4000);

type Open = (source: ByteSource) => Promise<Safetensors>;

/** A file that counts how often each byte is asked for, and has none that it does not have. */
function counted(bytes: Uint8Array): ByteSource & { readonly asked: Uint8Array } {
  const asked = new Uint8Array(bytes.length);
  return {
    ...{ name: 'model.safetensors', size: bytes.length, asked },
    read: async (start, end) => {
      if (!(start >= 0 && start <= end && end <= bytes.length)) throw new Error(`asked for [${start}, ${end})`);
      for (let at = start; at < end; at++) asked[at] = asked[at]! + 1;
      return Uint8Array.from(bytes.subarray(start, end));
    },
  };
}

/** Opens the file: what it holds, or the reason why it is refused. */
async function opened(bytes: Uint8Array, open: Open): Promise<Safetensors | string> {
  const source = counted(bytes);
  const result = await open(source).catch((error: unknown) => error);
  if (source.asked.some((times) => times > 1)) throw new Error('a byte was asked for twice');
  if (!(result instanceof Error)) return result as Safetensors;
  if (!(result instanceof StudioError)) throw new Error(`not refused in words: ${result}`);
  expect(result.code).toBe('safetensors-invalid');
  // A sentence, not the file.
  expect(result.message.length).toBeLessThan(1000);
  return String(result.detail.reason);
}

/** The reason of a refusal, or `undefined`; never another answer than the oracle's. */
async function judged(bytes: Uint8Array, open: Open = openSafetensors): Promise<string | undefined> {
  const result = await opened(bytes, open);
  const rule = brokenRule(bytes);
  if (typeof result === 'string') {
    if (rule === undefined) throw new Error(`valid, but refused: ${result}`);
    return result;
  }
  if (rule !== undefined) throw new Error(`accepted, though it breaks a rule: ${rule}`);
  return undefined;
}

describe('files by chance', () => {
  it('valid ones are read as they were written', async () => {
    const property = fc.asyncProperty(validFiles, async ({ header, dataBytes, tensors, metadata }) => {
      const text = new TextEncoder().encode(header);
      const source = counted(assemble(text, dataBytes));
      expect(brokenRule(assemble(text, dataBytes))).toBeUndefined();
      const opened = await openSafetensors(source);
      const data = 8 + text.length;
      const expected = [...tensors].map(
        ([name, { start, end, ...rest }]) => [name, { ...rest, start: data + start, end: data + end }] as const,
      );
      expect(new Map(opened.tensors)).toEqual(new Map(expected));
      expect(opened.metadata).toEqual(metadata);
      // The header once, and nothing of the weights.
      expect([...source.asked].every((times, at) => times === (at < data ? 1 : 0))).toBe(true);
    });
    await fc.assert(property, drawn(1000));
  });

  it('damaged ones are refused in words, exactly when they break a rule', async () => {
    await fc.assert(
      fc.asyncProperty(damagedFiles, async (bytes) => void (await judged(bytes))),
      settings,
    );
  });

  it('random ones too', async () => {
    await fc.assert(
      fc.asyncProperty(randomFiles, async (bytes) => void (await judged(bytes))),
      settings,
    );
  });
});

describe('what the damage reaches', () => {
  it('is every sentence of the parser, and valid files as well', async () => {
    const sentences = {
      short: /only \d+ bytes/,
      long: /more than the 100000000 allowed/,
      ends: /the file ends after/,
      utf8: /not UTF-8 text$/,
      surrogate: /half a surrogate pair/,
      json: /is not JSON/,
      deep: /more than 128 levels/,
      twice: /names ".*" twice/s,
      fraction: /where a whole number belongs/,
      metadata: /metadata is not a JSON object/,
      text: /metadata ".*" is not text/s,
      entry: /has no description/,
      type: /unknown type/,
      shape: /impossible shape/,
      offsets: /impossible data_offsets/,
      size: /impossible size/,
      bytes: /has \d+ bytes, but/,
      overlap: /overlaps/,
      hole: /hole of/,
      cut: /cut short: \d+ of/,
      left: /belong to no tensor/,
      object: /not a JSON object$/,
    };
    const reasonsOf = (files: fc.Arbitrary<Uint8Array>) =>
      Promise.all(fc.sample(files, settings).map((bytes) => judged(bytes)));
    const [damaged, random] = [await reasonsOf(damagedFiles), await reasonsOf(randomFiles)];
    const refusals = [...damaged, ...random].filter((reason) => reason !== undefined);
    const reached = Object.entries(sentences).filter(([, form]) => refusals.some((reason) => form.test(reason)));
    expect(reached.map(([name]) => name)).toEqual(Object.keys(sentences));
    const accepted = damaged.filter((reason) => reason === undefined).length / damaged.length;
    expect(accepted).toBeGreaterThan(0.1);
    expect(accepted).toBeLessThan(0.6);
  });

  // Each is the parser with one thing wrong; the fuzz must notice, and say what.
  const dataOf = (bytes: Uint8Array): number => 8 + new DataView(bytes.buffer).getUint32(0, true);
  const wrong: [string, Open, RegExp][] = [
    [
      'takes whatever is JSON',
      async (source) => {
        const bytes = await source.read(0, source.size);
        const end = bytes.length < 8 ? 0 : dataOf(bytes);
        try {
          JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, end)));
        } catch {
          throw new StudioError('safetensors-invalid', 'no');
        }
        return { tensors: new Map(), metadata: {} };
      },
      /accepted, though it breaks a rule/,
    ],
    [
      'reads a byte twice',
      async (source) => {
        await source.read(0, Math.min(1, source.size));
        return openSafetensors(source);
      },
      /asked for twice/,
    ],
    [
      'believes the length',
      async (source) => {
        const bytes = await source.read(0, Math.min(8, source.size));
        const header = await source.read(bytes.length, bytes.length < 8 ? bytes.length : dataOf(bytes));
        const data = await source.read(bytes.length + header.length, source.size);
        return openSafetensors(counted(Uint8Array.from([...bytes, ...header, ...data])));
      },
      /not refused in words: Error: asked for/,
    ],
    [
      'refuses metadata',
      async (source) => {
        const file = await openSafetensors(source);
        if (Object.keys(file.metadata).length > 0) throw new StudioError('safetensors-invalid', 'no');
        return file;
      },
      /valid, but refused/,
    ],
  ];
  it.each(wrong)('would catch a parser that %s', async (_, open, message) => {
    const property = fc.asyncProperty(damagedFiles, async (bytes) => void (await judged(bytes, open)));
    const { errorInstance } = await fc.check(property, { ...settings, endOnFailure: true });
    expect(String(errorInstance)).toMatch(message);
  });
});

describe('files that are made to hurt', () => {
  const header = (text: string, dataBytes = 0) => assemble(new TextEncoder().encode(text), dataBytes);
  const entry = '{"dtype":"U8","shape":[4],"data_offsets":[0,4]}';

  it.each<[string, Uint8Array, RegExp | undefined]>([
    ['metadata of 20 MB', header(`{"__metadata__":{"a":"${'x'.repeat(20e6)}"},"a":${entry}}`, 4), undefined],
    ['20 MB of escapes', header(`{"__metadata__":{"a":"${'\\n'.repeat(10e6)}"},"a":${entry}}`, 4), undefined],
    ['five million lists within lists', header(`{"a":${'['.repeat(5e6)}`), /more than 128 levels/],
    ['a type of 5,000 lists', header(`{"a":{"dtype":${'['.repeat(5000)}${']'.repeat(5000)}}}`), /more than 128 levels/],
    ['a name of 5 MB', header(`{"${'n'.repeat(5e6)}":null}`), /has no description/],
    [
      'a shape of a million sizes',
      header(`{"a":{"dtype":"U8","shape":[${'1,'.repeat(1e6)}1],"data_offsets":[0,4]}}`, 4),
      /has 4 bytes, but U8/,
    ],
    [
      'a number of a million digits',
      header(`{"a":{"dtype":"U8","shape":[${'9'.repeat(1e6)}],"data_offsets":[0,4]}}`, 4),
      /impossible shape \[null\]/,
    ],
    [
      'a shape above any memory',
      header('{"a":{"dtype":"F32","shape":[4294967296,1048576],"data_offsets":[0,4]}}', 4),
      /impossible size|needs/,
    ],
  ])('%s', async (_, bytes, reason) => {
    const found = await opened(bytes, openSafetensors);
    if (reason) expect(found).toMatch(reason);
    else expect(found).toHaveProperty('tensors.size', 1);
  });

  it('a file that became shorter is told from one that is damaged', async () => {
    const whole = header(`{"a":${entry}}`, 4);
    for (const left of [0, 4, 8, 20]) {
      const source: ByteSource = {
        name: 'f',
        size: whole.length,
        read: async (start, end) => whole.slice(start, Math.min(end, left)) as Uint8Array<ArrayBuffer>,
      };
      await expect(openSafetensors(source)).rejects.toMatchObject({ code: 'file-changed' });
    }
  });
});
