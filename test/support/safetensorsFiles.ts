/** Safetensors files for the fuzz: valid ones of every kind, and how they are damaged. */
import fc from 'fast-check';

export interface Drawn {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface DrawnFile {
  /** JSON of the header. */
  readonly header: string;
  readonly dataBytes: number;
  readonly tensors: ReadonlyMap<string, Drawn>;
  readonly metadata: Readonly<Record<string, string>>;
}

const bytesEach = { BOOL: 1, U8: 1, F8_E5M2: 1, F16: 2, BF16: 2, I32: 4, F32: 4, F64: 8, C64: 8 };
const names = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('model.norm.weight', '__proto__', 'toString', ''),
);
const dtypes = fc.constantFrom<keyof typeof bytesEach>(
  'BOOL',
  'U8',
  'F8_E5M2',
  'F16',
  'BF16',
  'I32',
  'F32',
  'F64',
  'C64',
);
const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 3 });
const spaces = fc.stringMatching(/^[ \n\t]{0,3}$/);
const metadatas = fc.dictionary(names, fc.string({ unit: 'grapheme' }), { noNullPrototype: true, maxKeys: 3 });

/** Valid files: any names, sizes and spaces; the entries stand in another order than their bytes. */
export const validFiles: fc.Arbitrary<DrawnFile> = fc
  .record({
    tensors: fc.uniqueArray(fc.record({ name: names, dtype: dtypes, shape: shapes }), {
      selector: ({ name }) => name,
      maxLength: 5,
    }),
    metadata: fc.option(metadatas),
    turn: fc.nat({ max: 4 }),
    space: spaces,
    padding: spaces,
  })
  .map(({ tensors, metadata, turn, space, padding }) => {
    let at = 0;
    const laid = tensors.map(({ name, dtype, shape }) => {
      const start = at;
      at += shape.reduce((product, size) => product * size, bytesEach[dtype]);
      return [name, { dtype, shape, start, end: at }] as const;
    });
    const texts = laid.map(([name, { dtype, shape, start, end }]) => {
      const fields = [
        `"dtype":${space}"${dtype}"`,
        `"shape":${JSON.stringify(shape)}`,
        `"data_offsets":[${start},${space}${end}]`,
      ];
      return `${JSON.stringify(name)}${space}:{${fields.join(`,${space}`)}}`;
    });
    if (metadata) texts.push(`"__metadata__":${JSON.stringify(metadata)}`);
    const turned = [...texts.slice(turn), ...texts.slice(0, turn)];
    return { header: `{${turned.join()}}${padding}`, dataBytes: at, tensors: new Map(laid), metadata: metadata ?? {} };
  });

/** Header and zeros; `claimed` is the length that the file gives its header. */
export function assemble(header: Uint8Array, dataBytes: number, claimed = BigInt(header.length)): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + Math.max(0, dataBytes));
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, claimed), true);
  bytes.set(header, 8);
  return bytes;
}

export type Change = (text: string) => string;

/** Replaces one of the places where the pattern is found. */
function replaced(pattern: RegExp, which: number, by: (found: string) => string): Change {
  return (text) => {
    const found = [...text.matchAll(pattern)];
    const match = found[which % Math.max(1, found.length)];
    if (!match) return text;
    return text.slice(0, match.index) + by(match[0]) + text.slice(match.index + match[0].length);
  };
}

const which = fc.nat({ max: 60 });
const [lists, numbers] = [/\[[^[\]]*\]/g, /\d+/g];
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

const sizes = fc.constantFrom(
  ...['0', '-1', '-0', '1.5', '4.0', '4e0', '1E2', '1e400', '01', 'null', '"4"', '[4]', ''],
  ...['9007199254740991', '9007199254740993', '18446744073709551616', '4294967296', '999999999999999999999999'],
);
const dtypeTexts = fc.constantFrom(
  ...'"U8" "F4" "F6_E2M3" "F16" "Q4" "u8" "toString" "__proto__" 8 null ["U8"]'.split(' '),
);
const junk = fc.oneof(
  fc.constantFrom(...'{}[],:"\\ \n\0-\ufeff', '.5', 'e1', 'true', 'null', '[]', '{}'),
  fc.constantFrom('"\\ud800":{},', '"\\ud83d\\ude00":1,', '"x":1.5,', '"x":[1.5],'),
  fc.constantFrom(2, 120, 127, 128, 30_000).map((levels) => `"x":${deep(levels)},`),
  fc.json({ maxDepth: 2 }).map((value) => `"x":${value},`),
);

const metadataJunk = fc.constantFrom(
  ...'5 null "a" [] ["a"] {} {"a":1} {"a":null} {"a":"b"} {"a":"b","a":"b"}'.split(' '),
);

/** As many bytes at another place. */
function shifted(by: number): Change {
  return (offsets) => offsets.replace(/\d+/g, (at) => String(Math.max(0, Number(at) + by)));
}

/** Another spelling of the same key. */
const escaped = (key: string): string =>
  key.replace(/^"([^\\"])/u, (_, first: string) =>
    first.length > 1 ? `"${first}` : `"\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Damage to the header, or to any JSON. */
export const textChanges: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(which, sizes).map(([at, size]) => replaced(numbers, at, () => size)),
  fc
    .tuple(which, fc.integer({ min: -8, max: 8 }))
    .map(([at, by]) => replaced(numbers, at, (n) => String(Math.max(0, Number(n) + by)))),
  fc.tuple(which, dtypeTexts).map(([at, dtype]) => replaced(/(?<="dtype":\s*)"[^"]*"/g, at, () => dtype)),
  fc.tuple(which, fc.array(sizes, { maxLength: 4 })).map(([at, list]) => replaced(lists, at, () => `[${list.join()}]`)),
  fc
    .tuple(which, fc.nat({ max: 100 }), fc.boolean())
    .map(([at, spaces, spelled]) =>
      replaced(/"[^"\\]*"(?=\s*:)/g, at, (key) => `${spelled ? escaped(key) : key}${' '.repeat(spaces)}:[], ${key}`),
    ),
  fc
    .tuple(which, fc.integer({ min: -4, max: 4 }))
    .map(([at, by]) => replaced(/(?<="data_offsets":)[^\]]*\]/g, at, shifted(by))),
  metadataJunk.map((value) => replaced(/^\{/g, 0, () => `{"__metadata__":${value},`)),
  fc.tuple(which, junk).map(([at, text]) => replaced(/[{,]/g, at, (found) => found + text)),
  fc.tuple(fc.nat(), fc.nat({ max: 12 }), fc.constant('')).map(spliced),
  fc.tuple(fc.nat(), fc.constant(0), junk).map(spliced),
);

/** Leaves out some characters and puts others there. */
function spliced([at, length, extra]: readonly [number, number, string]): Change {
  return (text) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + extra + text.slice(start + length);
  };
}

type ByteChange = (bytes: Uint8Array) => Uint8Array;

const flipped = (at: number, by: number): ByteChange => {
  return (bytes) => bytes.map((byte, i) => (i === at % bytes.length ? byte ^ by : byte));
};

const cutOff = (at: number): ByteChange => {
  return (bytes) => bytes.slice(0, at % (bytes.length + 1));
};

const inserted = (at: number, extra: Uint8Array): ByteChange => {
  return (bytes) => {
    const start = at % (bytes.length + 1);
    return Uint8Array.from([...bytes.slice(0, start), ...extra, ...bytes.slice(start)]);
  };
};

/** Damage to the file, wherever it falls. */
const byteChanges: fc.Arbitrary<ByteChange> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, by]) => flipped(at, by)),
  fc.nat().map(cutOff),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 })).map(([at, extra]) => inserted(at, extra)),
);

const lengths = fc.oneof(
  { weight: 6, arbitrary: fc.constant((real: number) => BigInt(real)) },
  { weight: 1, arbitrary: fc.integer({ min: -9, max: 9 }).map((by) => (real: number) => BigInt(real + by)) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((claimed) => () => claimed) },
);

/** Files with none, one or some of these. */
export const damagedFiles: fc.Arbitrary<Uint8Array> = fc
  .record({
    file: validFiles,
    text: fc.array(textChanges, { maxLength: 3 }),
    length: lengths,
    more: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -9, max: 9 }) }),
    bytes: fc.oneof(
      { weight: 3, arbitrary: fc.constant<ByteChange[]>([]) },
      { weight: 1, arbitrary: fc.array(byteChanges, { maxLength: 3 }) },
    ),
  })
  .map(({ file, text, length, more, bytes }) => {
    const header = new TextEncoder().encode(text.reduce((all, change) => change(all), file.header));
    const whole = assemble(header, file.dataBytes + more, length(header.length));
    return bytes.reduce((all, change) => (all.length > 0 ? change(all) : all), whole);
  });

/** Bytes of any kind, half of them with a length in front that they hold. */
export const randomFiles: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc
    .tuple(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      fc.nat({ max: 8 }),
    )
    .map(([header, more]) => assemble(header, more)),
);
