/**
 * Which bytes are a safetensors file, told a second time and in another way: a JSON parser of its own that keeps every key
 * and the text of every number, BigInt for sizes, and one plain list of the format's rules. Nothing of the engine is used.
 */
import { isUtf8 } from 'node:buffer';

type Json = string | NumberText | Json[] | Pairs | boolean | null;
/** A number as it is written. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An object with every key it has, repeated ones too. */
class Pairs {
  readonly entries: readonly (readonly [string, Json])[];
  constructor(entries: readonly (readonly [string, Json])[]) {
    this.entries = entries;
  }
}

/** Thrown inside, for everything that is not as it should be. */
class Broken extends Error {}

function need(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new Broken(rule);
}

/** The rule that the file breaks, or `undefined` for a valid file. */
export function brokenRule(bytes: Uint8Array): string | undefined {
  try {
    check(Buffer.from(bytes));
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error.message;
    throw error;
  }
}

function check(bytes: Buffer): void {
  need(bytes.length >= 8, 'eight bytes of length');
  const claimed = bytes.readBigUInt64LE(0);
  need(claimed <= 100_000_000n && claimed <= BigInt(bytes.length - 8), 'a header within the file');
  const header = bytes.subarray(8, 8 + Number(claimed));
  need(isUtf8(header), 'UTF-8');
  const value = new Parser(header.toString('utf8')).whole();
  need(value instanceof Pairs, 'an object');
  const ranges: (readonly [bigint, bigint])[] = [];
  for (const [name, entry] of value.entries) {
    if (name === '__metadata__') checkMetadata(entry);
    else ranges.push(rangeOf(entry));
  }
  // Sorted by start, then end, the ranges must follow each other without gap or overlap and end with the file.
  ranges.sort(([a, b], [c, d]) => Number(a - c) || Number(b - d));
  const covered = ranges.reduce((at, [start, end]) => {
    need(start === at, 'no hole and no overlap');
    return end;
  }, 0n);
  need(covered === BigInt(bytes.length - 8) - claimed, 'as many bytes as the tensors have');
}

function checkMetadata(value: Json): void {
  if (value === null) return;
  need(value instanceof Pairs && value.entries.every(([, text]) => typeof text === 'string'), 'metadata of texts');
}

const bitsOf = new Map<string, bigint>([
  ...['BOOL', 'U8', 'I8', 'F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'].map((t) => [t, 8n] as const),
  ...['U16', 'I16', 'F16', 'BF16'].map((t) => [t, 16n] as const),
  ...['U32', 'I32', 'F32'].map((t) => [t, 32n] as const),
  ...['U64', 'I64', 'F64', 'C64'].map((t) => [t, 64n] as const),
  ...[['F4', 4n] as const, ['F6_E2M3', 6n] as const, ['F6_E3M2', 6n] as const],
]);

function rangeOf(entry: Json): readonly [bigint, bigint] {
  need(entry instanceof Pairs, 'an entry');
  const fields = new Map(entry.entries);
  const dtype = fields.get('dtype');
  const bits = typeof dtype === 'string' ? bitsOf.get(dtype) : undefined;
  need(bits !== undefined, 'a known type');
  const offsets = sizes(fields.get('data_offsets'));
  const [start, end] = offsets;
  need(offsets.length === 2 && start! <= end!, 'two offsets in order');
  const total = [...sizes(fields.get('shape')), bits].reduce((product, size) => {
    need(product * size <= MOST, 'a size that can be counted');
    return product * size;
  }, 1n);
  need(total % 8n === 0n && total / 8n === end! - start!, 'the bytes that type and shape ask for');
  return [start!, end!];
}

/** Numbers in JavaScript are exact up to here; no file is as large. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

function sizes(value: Json | undefined): bigint[] {
  need(Array.isArray(value), 'a list');
  return value.map((item) => {
    need(item instanceof NumberText && /^(0|[1-9]\d*)$/.test(item.text), 'a whole number');
    need(BigInt(item.text) <= MOST, 'a size that can be counted');
    return BigInt(item.text);
  });
}

/** Recursive descent over RFC 8259, at most 128 levels deep, no key twice, numbers in lists whole. */
class Parser {
  private at = 0;
  private depth = 0;
  private readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  whole(): Json {
    const value = this.value(false);
    this.space();
    need(this.at === this.text.length, 'nothing behind the value');
    return value;
  }

  private value(inList: boolean): Json {
    this.space();
    const char = this.text[this.at] ?? '';
    if (char === '{') return this.nested(() => this.pairs());
    if (char === '[') return this.nested(() => this.list(']', () => this.value(true)));
    if (char === '"') return this.string();
    for (const [word, value] of [['true', true] as const, ['false', false] as const, ['null', null] as const]) {
      if (this.take(word)) return value;
    }
    const form = /-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?/y;
    form.lastIndex = this.at;
    const [number = ''] = form.exec(this.text) ?? [];
    need(number !== '', 'a JSON value');
    need(!inList || (/^-?[0-9]+$/.test(number) && number !== '-0'), 'whole numbers in lists');
    this.at += number.length;
    return new NumberText(number);
  }

  private nested<T>(read: () => T): T {
    this.depth++;
    need(this.depth <= 128, 'few levels');
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private pairs(): Pairs {
    const keys = new Set<string>();
    const entries = this.list('}', (): readonly [string, Json] => {
      this.space();
      const key = this.string();
      need(!keys.has(key), 'no key twice');
      keys.add(key);
      this.space();
      need(this.take(':'), 'a colon');
      return [key, this.value(false)];
    });
    return new Pairs(entries);
  }

  private list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    this.space();
    if (this.take(close)) return items;
    do {
      items.push(item());
      this.space();
    } while (this.take(','));
    need(this.take(close), 'a closing bracket');
    return items;
  }

  private string(): string {
    need(this.take('"'), 'a string');
    const units: number[] = [];
    for (;;) {
      const unit = this.text.charCodeAt(this.at++);
      need(unit >= 0x20, 'no control character in a string, and its end');
      if (unit === 0x22) break;
      units.push(unit === 0x5c ? this.escaped() : unit);
    }
    for (let i = 0; i < units.length; i++) {
      const [high, low] = [units[i]! >> 10 === 0x36, units[i]! >> 10 === 0x37];
      need(!low && (!high || units[i + 1]! >> 10 === 0x37), 'whole surrogate pairs');
      if (high) i++;
    }
    return units.map((unit) => String.fromCharCode(unit)).join('');
  }

  private escaped(): number {
    const char = this.text[this.at++] ?? '';
    const plain = { '"': 0x22, '\\': 0x5c, '/': 0x2f, b: 8, f: 12, n: 10, r: 13, t: 9 }[char];
    if (plain !== undefined) return plain;
    const digits = this.text.slice(this.at, this.at + 4);
    need(char === 'u' && /^[0-9a-fA-F]{4}$/.test(digits), 'an escape');
    this.at += 4;
    return Number.parseInt(digits, 16);
  }

  private space(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? '-')) this.at++;
  }

  private take(word: string): boolean {
    const found = this.text.startsWith(word, this.at);
    if (found) this.at += word.length;
    return found;
  }
}
