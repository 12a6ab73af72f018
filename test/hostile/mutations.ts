/** Damage to valid files of any format: what a bad disk does, and what somebody does who knows how files are read. */
import fc from 'fast-check';
import { type Change, textChanges } from '../support/safetensorsFiles';

type ByteChange = (bytes: Uint8Array) => Uint8Array;

const at = fc.nat({ max: 1_000_000 });

const byteChanges: fc.Arbitrary<ByteChange> = fc.oneof(
  // One bit.
  fc.tuple(at, fc.nat({ max: 7 })).map(([place, bit]): ByteChange => {
    return (bytes) => bytes.map((byte, i) => (i === place % bytes.length ? byte ^ (1 << bit) : byte));
  }),
  // Cut short.
  at.map(
    (place): ByteChange =>
      (bytes) =>
        bytes.slice(0, place % (bytes.length + 1)),
  ),
  // A piece of it again, somewhere else in it.
  fc.tuple(at, at, fc.nat({ max: 64 })).map(([from, to, length]): ByteChange => {
    return (bytes) => spliced(bytes, to, bytes.slice(from % (bytes.length + 1)).slice(0, length));
  }),
  fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([place, extra]): ByteChange => {
    return (bytes) => spliced(bytes, place, extra);
  }),
);

function spliced(bytes: Uint8Array, place: number, extra: Uint8Array): Uint8Array {
  const start = place % (bytes.length + 1);
  return Uint8Array.from([...bytes.subarray(0, start), ...extra, ...bytes.subarray(start)]);
}

const deep = (levels: number, open: string, close: string): string => open.repeat(levels) + close.repeat(levels);
const hostileValues = fc.oneof(
  fc.json({ maxDepth: 2 }),
  fc.constantFrom(
    ...['1e400', '-1', '0', '0.5', '1e-400', '9007199254740993', '4294967295', '2147483648', 'null', '""', '[]', '{}'],
    ...[deep(200, '[', ']'), deep(20_000, '[', ']'), deep(20_000, '{"a":', '}').replace('}', '1}')],
    ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '"__proto__"'],
    ...['{"toString":1,"valueOf":1}', `"${'x'.repeat(50_000)}"`, `[${'0,'.repeat(5000)}0]`, '"\\ud800"'],
  ),
);

/** The value of one key is another one. */
const otherValue = fc.tuple(at, hostileValues).map(([which, value]): Change => {
  return (text) => {
    const found = [...text.matchAll(/(?<=":\s*)("(?:[^"\\]|\\.)*"|-?[\d.]+|null|true|false|\[[^[\]]*\])/g)];
    const one = found[which % Math.max(1, found.length)];
    return one ? text.slice(0, one.index) + value + text.slice(one.index + one[0].length) : text;
  };
});

/** A key more, perhaps one that is there already, or one that every object has. */
const moreKeys = fc
  .tuple(at, fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'x'), hostileValues)
  .map(([which, key, value]): Change => {
    return (text) => {
      const found = [...text.matchAll(/\{(?=\s*")/g)];
      const one = found[which % Math.max(1, found.length)];
      return one ? `${text.slice(0, one.index + 1)}"${key}":${value},${text.slice(one.index + 1)}` : text;
    };
  });

const changes = fc.oneof(textChanges, otherValue, otherValue, moreKeys);

/** A valid file of text with one to three changes, the last of them now and then to its bytes. */
export function damagedText(valid: string): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.array(changes, { maxLength: 2 }), fc.option(byteChanges, { freq: 3 }), changes)
    .map(([some, bytes, one]) => {
      const text = (bytes ? some : [...some, one]).reduce((all, change) => change(all), valid);
      const whole = new TextEncoder().encode(text);
      return bytes && whole.length > 0 ? bytes(whole) : whole;
    });
}

/** A valid file of any kind with one to three changes to its bytes. */
export function damagedBytes(valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .array(byteChanges, { minLength: 1, maxLength: 3 })
    .map((list) => list.reduce((bytes, change) => (bytes.length > 0 ? change(bytes) : bytes), valid));
}
