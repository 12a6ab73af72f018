import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { blobSource } from '../../src/engine/formats/folder';
import { openSafetensors, type Safetensors, writeSafetensors } from '../../src/engine/formats/safetensors';
import { StudioError } from '../../src/engine/studioError';
import { qwenJson } from '../support/qwen';

const schema = v.object({
  cases: v.array(
    v.object({
      name: v.string(),
      hex: v.string(),
      expect: v.picklist(['ok', 'error']),
      rust_error: v.nullable(v.string()),
    }),
  ),
});
const { cases } = v.parse(schema, qwenJson('safetensors-cases.json'));

const open = (bytes: Uint8Array<ArrayBuffer>): Promise<Safetensors> =>
  openSafetensors(blobSource('model.safetensors', new Blob([bytes])));

/** A file with the header text as given and zeros for data. */
function file(header: string, dataBytes: number, claimed?: number): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(claimed ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (start: number, end: number, shape: unknown = [end - start], dtype = 'U8') => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

async function reasonOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const error = await open(bytes).catch((caught: unknown) => caught);
  if (!(error instanceof StudioError)) throw new Error(`no StudioError: ${String(error)}`);
  expect(error.code).toBe('safetensors-invalid');
  expect(error.message).toMatch(/^model\.safetensors cannot be read as safetensors: .+\.$/);
  return String(error.detail.reason);
}

describe('conformance with the reference implementation', () => {
  // One sentence for each of its errors.
  const sentences: Record<string, RegExp> = {
    MetadataIncompleteBuffer: /belong to no tensor|cut short/,
    HeaderTooLarge: /more than the 100000000 allowed/,
    HeaderTooSmall: /has only 0 bytes/,
    InvalidHeaderLength: /but the file ends after/,
    InvalidHeader: /not UTF-8/,
    InvalidHeaderDeserialization: /not JSON/,
    TensorInvalidInfo: /has 4 bytes, but I32 \[2, 2\] needs 16/,
    ValidationOverflow: /impossible shape|impossible size/,
    InvalidOffset: /overlaps/,
  };

  it('has all 16 cases, 5 of them valid', () => {
    expect([cases.length, cases.filter((c) => c.expect === 'ok').length]).toEqual([16, 5]);
  });

  it.each(cases)('$name', async ({ hex, expect: expected, rust_error }) => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    if (expected === 'ok') await expect(open(bytes)).resolves.toBeDefined();
    else expect(await reasonOf(bytes)).toMatch(sentences[rust_error ?? ''] ?? /^$/);
  });
});

describe('headers that lie', () => {
  it.each<[string, string, number, RegExp]>([
    ['an overlap', JSON.stringify({ a: entry(0, 8), b: entry(4, 12) }), 12, /tensor "b" overlaps/],
    ['a hole', JSON.stringify({ a: entry(0, 8), b: entry(12, 16) }), 16, /hole of 4 bytes before tensor "b"/],
    ['a hole at the start', JSON.stringify({ a: entry(4, 8) }), 8, /hole of 4 bytes before tensor "a"/],
    ['a tensor behind the end', JSON.stringify({ a: entry(0, 8), b: entry(8, 16) }), 10, /cut short: 6 of 16 bytes/],
    ['an unknown type', JSON.stringify({ a: entry(0, 8, [8], 'Q4') }), 8, /unknown type "Q4"/],
    ['a type from the prototype', JSON.stringify({ a: entry(0, 8, [8], 'toString') }), 8, /unknown type "toString"/],
    ['a negative size', JSON.stringify({ a: entry(0, 8, [-8]) }), 8, /impossible shape \[-8\]/],
    ['a broken size', JSON.stringify({ a: entry(0, 8, [2.5]) }), 8, /has 2\.5 where a whole number belongs/],
    ['a shape that is no list', JSON.stringify({ a: entry(0, 8, 8) }), 8, /impossible shape 8/],
    [
      'offsets the wrong way round',
      JSON.stringify({ a: { dtype: 'U8', shape: [4], data_offsets: [8, 4] } }),
      8,
      /impossible data_offsets/,
    ],
    [
      'three offsets',
      JSON.stringify({ a: { dtype: 'U8', shape: [4], data_offsets: [0, 4, 8] } }),
      8,
      /impossible data_offsets/,
    ],
    ['an entry that is no object', '{"a":null}', 0, /tensor "a" has no description/],
    ['a header that is a list', '[]', 0, /not a JSON object/],
    ['metadata that is no text', '{"__metadata__":{"step":1}}', 0, /metadata "step" is not text/],
    [
      'a name twice',
      `{"a":${JSON.stringify(entry(0, 8))}, "\\u0061" : ${JSON.stringify(entry(0, 8))}}`,
      8,
      /names "a" twice/,
    ],
    ['half a byte', JSON.stringify({ a: entry(0, 2, [3], 'F4') }), 2, /impossible size: F4 \[3\]/],
  ])('%s', async (_, header, dataBytes, reason) => {
    expect(await reasonOf(file(header, dataBytes))).toMatch(reason);
  });

  it('a length beyond any number', async () => {
    const bytes = file('{}', 0);
    bytes.fill(0xff, 0, 8);
    expect(await reasonOf(bytes)).toMatch(/claims 18446744073709551615 bytes/);
  });

  it('a Git LFS pointer', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';
    expect(await reasonOf(new TextEncoder().encode(pointer))).toMatch(/Git LFS pointer/);
  });

  it('a file cut short anywhere is refused', async () => {
    const whole = file(JSON.stringify({ a: entry(0, 8), b: entry(8, 12) }), 12);
    await expect(open(whole)).resolves.toBeDefined();
    for (let size = 0; size < whole.length; size++) await reasonOf(whole.slice(0, size));
  });
});

describe('good files', () => {
  it('gives absolute bytes, in any order, and the metadata', async () => {
    const header = JSON.stringify({
      __metadata__: { format: 'pt' },
      b: entry(4, 12, [2, 2], 'BF16'),
      a: entry(0, 4, [1], 'F32'),
    });
    const { tensors, metadata } = await open(file(header, 12));
    const data = 8 + header.length;
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.get('a')).toEqual({ dtype: 'F32', shape: [1], start: data, end: data + 4 });
    expect(tensors.get('b')).toEqual({ dtype: 'BF16', shape: [2, 2], start: data + 4, end: data + 12 });
  });

  it('is not misled by strings that look like keys or brackets', async () => {
    const metadata = { a: '"b":{', 'x\\"': '}]', b: 'a' };
    const header = JSON.stringify({ __metadata__: metadata, a: entry(0, 1), 'b"{': entry(1, 2) });
    const opened = await open(file(header, 2));
    expect(opened.metadata).toEqual(metadata);
    expect([...opened.tensors.keys()]).toEqual(['a', 'b"{']);
  });

  it('reads a tensor called __proto__', async () => {
    const { tensors } = await open(file(`{"__proto__":${JSON.stringify(entry(0, 1))}}`, 1));
    expect(tensors.get('__proto__')?.shape).toEqual([1]);
  });
});

describe('writeSafetensors', () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  const tensors = [
    { name: 'first', dtype: 'BF16', shape: [1, 3], data: bytes(1, 2, 3, 4, 5, 6) },
    { name: 'second', dtype: 'F32', shape: [], data: bytes(7, 8, 9, 10) },
    { name: 'none', dtype: 'F32', shape: [0, 4], data: bytes() },
  ];

  it('comes back', async () => {
    const blob = writeSafetensors(tensors, { format: 'pt', made: 'here' });
    const source = blobSource('out.safetensors', blob);
    const opened = await openSafetensors(source);
    expect(opened.metadata).toEqual({ format: 'pt', made: 'here' });
    for (const { name, dtype, shape, data } of tensors) {
      const info = opened.tensors.get(name)!;
      expect([info.dtype, info.shape]).toEqual([dtype, shape]);
      expect(await source.read(info.start, info.end)).toEqual(data);
    }
    expect(opened.tensors.get('first')!.start % 8).toBe(0);
  });

  it('starts with the length and an object, as the format asks', async () => {
    const written = new Uint8Array(await writeSafetensors([]).arrayBuffer());
    expect(new TextDecoder().decode(written.subarray(8))).toBe('{"__metadata__":{"format":"pt"}}');
    expect([...written.subarray(0, 8)]).toEqual([32, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('refuses bytes that are not the shape, and names used twice', () => {
    expect(() => writeSafetensors([{ ...tensors[0]!, shape: [2, 2] }])).toThrowError(/6 bytes are not BF16 \[2, 2\]/);
    expect(() => writeSafetensors([tensors[0]!, tensors[0]!])).toThrowError(/two tensors are called first/);
  });
});
