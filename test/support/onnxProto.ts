/** An ONNX file read back from its bytes, by field numbers alone: nothing of the writer. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

type Field = Uint8Array | bigint;
type Message = ReadonlyMap<number, readonly Field[]>;

function messageOf(bytes: Uint8Array): Message {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Field[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const value = type === WireType.Varint ? BigInt(reader.int64()) : fieldBytes(reader, type);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

function fieldBytes(reader: BinaryReader, type: WireType): Uint8Array {
  if (type === WireType.LengthDelimited) return reader.bytes();
  if (type === WireType.Bit32) return new Uint8Array(new Float32Array([reader.float()]).buffer);
  throw new Error(`wire type ${type} is not used by ONNX here`);
}

const bytesOf = (value: Field | undefined): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array());
const text = (value: Field | undefined): string => new TextDecoder().decode(bytesOf(value));
const texts = (message: Message, field: number): string[] => (message.get(field) ?? []).map(text);
const numbers = (message: Message, field: number): number[] => (message.get(field) ?? []).map(Number);
const messages = (message: Message, field: number): Message[] =>
  (message.get(field) ?? []).map((value) => messageOf(bytesOf(value)));

function attributeOf(message: Message): [string, number | string] {
  const [name, type] = [text(message.get(1)?.[0]), Number(message.get(20)?.[0])];
  if (type === 2) return [name, Number(message.get(3)?.[0])];
  if (type === 3) return [name, text(message.get(4)?.[0])];
  return [name, new Float32Array(bytesOf(message.get(2)?.[0]).slice().buffer)[0]!];
}

function tensorOf(message: Message) {
  const place = Object.fromEntries(
    messages(message, 13).map((entry) => [text(entry.get(1)?.[0]), text(entry.get(2)?.[0])]),
  );
  return {
    name: text(message.get(8)?.[0]),
    shape: numbers(message, 1),
    type: Number(message.get(2)?.[0]),
    raw: message.get(9)?.[0] instanceof Uint8Array ? bytesOf(message.get(9)?.[0]) : undefined,
    external: Number(message.get(14)?.[0] ?? 0) === 1,
    ...{ file: place.location ?? '', offset: Number(place.offset), bytes: Number(place.length) },
  };
}

function valueInfo(message: Message) {
  const tensor = messages(messages(message, 2)[0]!, 1)[0]!;
  const shape = messages(tensor, 2).flatMap((dimensions) =>
    messages(dimensions, 1).map((one) => (one.has(2) ? text(one.get(2)?.[0]) : Number(one.get(1)?.[0]))),
  );
  return { name: text(message.get(1)?.[0]), type: Number(tensor.get(1)?.[0]), shape };
}

export function readOnnx(bytes: Uint8Array) {
  const model = messageOf(bytes);
  const [graph] = messages(model, 7);
  const opsets = messages(model, 8).map((one) => [text(one.get(1)?.[0]), Number(one.get(2)?.[0])]);
  return {
    irVersion: Number(model.get(1)?.[0]),
    producer: [text(model.get(2)?.[0]), text(model.get(3)?.[0])],
    description: text(model.get(6)?.[0]),
    opsets: Object.fromEntries(opsets) as Record<string, number>,
    nodes: messages(graph!, 1).map((node) => ({
      ...{ inputs: texts(node, 1), outputs: texts(node, 2), name: text(node.get(3)?.[0]), op: text(node.get(4)?.[0]) },
      ...{ domain: text(node.get(7)?.[0]), attributes: Object.fromEntries(messages(node, 5).map(attributeOf)) },
    })),
    tensors: messages(graph!, 5).map(tensorOf),
    inputs: messages(graph!, 11).map(valueInfo),
    outputs: messages(graph!, 12).map(valueInfo),
  };
}
