// The event file, read by a reader of TFRecords and protobuf that shares nothing with the writer.
import { expect, it } from 'vitest';
import { crc32c, masked } from '../../src/engine/takeHome/crc32c';
import { stageLog } from '../../src/engine/takeHome/stageLog';
import { eventFile, eventFileName } from '../../src/engine/takeHome/tensorBoard';
import { keptRun } from '../support/keptRun';

const ascii = (text: string) => new TextEncoder().encode(text);

it('checksums are those of RFC 3720 and of TensorFlow’s own files', () => {
  // RFC 3720, B.4: 32 bytes of zeros, of ones, counted up, counted down; and the check value of the polynomial.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
  expect(crc32c(ascii('123456789'))).toBe(0xe3069283);
  // The first eight bytes of every event file that TensorFlow writes: a record of 24 bytes.
  expect(masked(crc32c(Uint8Array.of(24, 0, 0, 0, 0, 0, 0, 0)))).toBe(0x224b7fa3);
  expect(crc32c(ascii('123456788'))).not.toBe(0xe3069283);
});

/** The data of each record; throws where a checksum is wrong or a record is cut. */
function records(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const data = file.subarray(at + 12, at + 12 + length);
    if (slowMasked(file.subarray(at, at + 8)) !== view.getUint32(at + 8, true)) throw new Error('length');
    if (slowMasked(data) !== view.getUint32(at + 12 + length, true)) throw new Error('data');
    found.push(data);
    at += 16 + length;
  }
  return found;
}

/** Bit by bit, in big integers. */
function slowMasked(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

type Field = readonly [number: number, value: number | Uint8Array];

function fields(message: Uint8Array): Field[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): number => {
    let [value, shift] = [0, 1];
    for (;;) {
      const byte = message[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
      shift *= 128;
    }
  };
  const taken = (size: number): number => {
    at += size;
    return at - size;
  };
  const found: Field[] = [];
  while (at < message.length) {
    const key = varint();
    const [number, type] = [key >>> 3, key & 7];
    if (type === 0) found.push([number, varint()]);
    else if (type === 1) found.push([number, view.getFloat64(taken(8), true)]);
    else if (type === 5) found.push([number, view.getFloat32(taken(4), true)]);
    else {
      const length = varint();
      found.push([number, message.subarray(taken(length), at)]);
    }
  }
  return found;
}

const bytesOf = (value: number | Uint8Array | undefined): Uint8Array => value as Uint8Array;
const textOf = (value: number | Uint8Array | undefined): string => new TextDecoder().decode(bytesOf(value));

/** Step, tag and value of every scalar. */
function scalars(event: Uint8Array): readonly (readonly [number, string, number])[] {
  const of = new Map(fields(event));
  return fields(bytesOf(of.get(5))).map(([, value]) => {
    const own = new Map(fields(bytesOf(value)));
    return [Number(of.get(2)), textOf(own.get(1)), Number(own.get(2))];
  });
}

const log = stageLog(keptRun(), 'sft')!;

it('says its version first, then every figure at its step', () => {
  const [version, ...events] = records(eventFile(log, 1_700_000_100_500));
  const first = new Map(fields(version!));
  expect(textOf(first.get(3))).toBe('brain.Event:2');
  expect(first.get(1)).toBe(1_700_000_100.5);
  const all = events.flatMap(scalars);
  const of = (tag: string) => all.filter((each) => each[1] === tag).map(([step, , value]) => [step, value]);
  expect(of('train/loss')).toEqual([
    ...[
      [1, 4],
      [2, 3],
    ],
    ...[
      [3, 2],
      [4, 1],
    ],
  ]);
  expect(of('train/grad_norm').at(-1)).toEqual([4, 0.125]);
  expect(of('train/learning_rate')[0]).toEqual([1, Math.fround(1e-3)]);
  expect(of('train/epoch').at(-1)).toEqual([4, 2]);
  expect(of('eval/loss')).toEqual([
    [2, 0.75],
    [4, 0.5],
  ]);
  expect(of('eval/accuracy')).toEqual([[4, Math.fround(0.9)]]);
});

it('a byte that is changed is found', () => {
  const file = eventFile(log, 0);
  for (const at of [0, 20, file.length - 6]) {
    const broken = file.slice();
    broken[at]! ^= 1;
    expect(() => records(broken)).toThrow();
  }
});

it('its name is one that TensorBoard looks for', () => {
  expect(eventFileName(1_700_000_100_500)).toBe('events.out.tfevents.1700000100.distillery');
});
