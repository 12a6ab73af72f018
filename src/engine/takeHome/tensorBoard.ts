/** An event file as TensorBoard reads it: TFRecords of `Event` messages with a scalar `Summary` each. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { crc32c, masked } from './crc32c';
import type { StageLog } from './stageLog';

/** Fields of tensorflow's `event.proto` and `summary.proto`. */
const event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 };
const summary = { value: 1 };
const summaryValue = { tag: 1, simpleValue: 2 };

/** What TensorBoard knows an event file by. */
export function eventFileName(milliseconds: number): string {
  return `events.out.tfevents.${String(Math.floor(milliseconds / 1000)).padStart(10, '0')}.distillery`;
}

/**
 * Every figure of the stage under `train/` and `eval/`, as the Trainer's callback names them. When each step was taken is not
 * kept: all events have one time, in milliseconds since 1970.
 */
export function eventFile({ log }: StageLog, milliseconds: number): Uint8Array<ArrayBuffer> {
  const time = milliseconds / 1000;
  const version = started(time).tag(event.fileVersion, WireType.LengthDelimited).string('brain.Event:2').finish();
  const records = log.flatMap(({ step, epoch, train, evaluated }) => {
    const scalars = [...tagged('train', train), ...tagged('eval', evaluated)];
    return scalars.length > 0 ? [scalarsOf(time, step, [...scalars, ['train/epoch', epoch]])] : [];
  });
  return joined([version, ...records].flatMap(tfRecord));
}

type Scalar = readonly [tag: string, value: number];

function tagged(group: string, values: Readonly<Record<string, number>>): readonly Scalar[] {
  return Object.entries(values).map(([name, value]) => [`${group}/${name}`, value]);
}

function scalarsOf(time: number, step: number, scalars: readonly Scalar[]): Uint8Array<ArrayBuffer> {
  const writer = started(time).tag(event.step, WireType.Varint).int64(step);
  writer.tag(event.summary, WireType.LengthDelimited).fork();
  for (const [tag, value] of scalars) {
    writer.tag(summary.value, WireType.LengthDelimited).fork();
    writer.tag(summaryValue.tag, WireType.LengthDelimited).string(tag);
    writer.tag(summaryValue.simpleValue, WireType.Bit32).float(value).join();
  }
  return writer.join().finish();
}

function started(time: number): BinaryWriter {
  return new BinaryWriter().tag(event.wallTime, WireType.Bit64).double(time);
}

/** The length (u64) with its checksum, the data with its own. */
function tfRecord(data: Uint8Array<ArrayBuffer>): readonly Uint8Array<ArrayBuffer>[] {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  return [length, checksum(length), data, checksum(data)];
}

function checksum(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(4);
  new DataView(made.buffer).setUint32(0, masked(crc32c(bytes)), true);
  return made;
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
