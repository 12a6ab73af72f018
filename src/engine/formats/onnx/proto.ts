/**
 * The messages of ONNX that a graph needs, in protobuf's wire format. Numbers of fields and types are those of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** `TensorProto.DataType`. */
export const dataType = { float32: 1, uint8: 2, int32: 6, int64: 7, float16: 10 } as const;
export type DataType = keyof typeof dataType;

/** A string, a float, or whole numbers; a whole number that stands for itself is the usual case. */
export type Attribute = number | string | { readonly float: number };

export interface Node {
  readonly name: string;
  readonly op: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A graph's input or output; a dimension without a number has a name. */
export interface Value {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly (number | string)[];
}

export interface Initializer {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
  /** The values themselves, or where they lie in a file beside the model. */
  readonly data: Uint8Array | { readonly file: string; readonly offset: number; readonly bytes: number };
}

export interface OnnxModel {
  readonly producerVersion: string;
  readonly name: string;
  readonly description: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** The first version of the format that has opset 23, which has RMSNormalization. */
const IR_VERSION = 11;
const OPSET = 23;
/** onnxruntime's own operators. */
export const contrib = 'com.microsoft';

const attributeType = { float: 1, int: 2, string: 3 } as const;
const EXTERNAL = 1;

/** ModelProto. */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  int(writer, 1, IR_VERSION);
  text(writer, 2, 'distillery');
  text(writer, 3, model.producerVersion);
  text(writer, 6, model.description);
  message(writer, 7, () => graph(writer, model));
  for (const [domain, version] of [['', OPSET] as const, [contrib, 1] as const]) {
    message(writer, 8, () => {
      text(writer, 1, domain);
      int(writer, 2, version);
    });
  }
  return writer.finish();
}

/** GraphProto. */
function graph(writer: BinaryWriter, { name, nodes, initializers, inputs, outputs }: OnnxModel): void {
  for (const one of nodes) message(writer, 1, () => node(writer, one));
  text(writer, 2, name);
  for (const one of initializers) message(writer, 5, () => tensor(writer, one));
  for (const one of inputs) message(writer, 11, () => value(writer, one));
  for (const one of outputs) message(writer, 12, () => value(writer, one));
}

/** NodeProto. */
function node(writer: BinaryWriter, { name, op, domain, inputs, outputs, attributes }: Node): void {
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  text(writer, 3, name);
  text(writer, 4, op);
  for (const [key, content] of Object.entries(attributes)) message(writer, 5, () => attribute(writer, key, content));
  if (domain !== '') text(writer, 7, domain);
}

/** AttributeProto. */
function attribute(writer: BinaryWriter, name: string, content: Attribute): void {
  text(writer, 1, name);
  if (typeof content === 'string') {
    text(writer, 4, content);
    int(writer, 20, attributeType.string);
  } else if (typeof content === 'number') {
    int(writer, 3, content);
    int(writer, 20, attributeType.int);
  } else {
    writer.tag(2, WireType.Bit32).float(content.float);
    int(writer, 20, attributeType.float);
  }
}

/** TensorProto. */
function tensor(writer: BinaryWriter, { name, type, shape, data }: Initializer): void {
  for (const size of shape) int(writer, 1, size);
  int(writer, 2, dataType[type]);
  text(writer, 8, name);
  if (data instanceof Uint8Array) {
    writer.tag(9, WireType.LengthDelimited).bytes(data);
    return;
  }
  const place = { location: data.file, offset: String(data.offset), length: String(data.bytes) };
  for (const [key, content] of Object.entries(place)) {
    message(writer, 13, () => {
      text(writer, 1, key);
      text(writer, 2, content);
    });
  }
  int(writer, 14, EXTERNAL);
}

/** ValueInfoProto with the type of a tensor. */
function value(writer: BinaryWriter, { name, type, shape }: Value): void {
  const dimension = (size: number | string) =>
    typeof size === 'number' ? int(writer, 1, size) : text(writer, 2, size);
  const dimensions = () => {
    for (const size of shape) message(writer, 1, () => dimension(size));
  };
  const tensorType = () => {
    int(writer, 1, dataType[type]);
    message(writer, 2, dimensions);
  };
  text(writer, 1, name);
  message(writer, 2, () => message(writer, 1, tensorType));
}

function int(writer: BinaryWriter, field: number, content: number): void {
  writer.tag(field, WireType.Varint).int64(content);
}

function text(writer: BinaryWriter, field: number, content: string): void {
  writer.tag(field, WireType.LengthDelimited).string(content);
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}
