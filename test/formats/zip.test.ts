/** A zip in the place of a folder: every file whole inside it, or nothing, and said why. */
import { expect, it } from 'vitest';
import { writeFile } from '../../src/engine/formats/sink';
import { newZip } from '../../src/engine/formats/zip';
import { entriesOf } from '../support/zip';

/** A picked file; `room` is how many bytes the disk takes. */
function pickedFile(room = Number.POSITIVE_INFINITY) {
  const state = { bytes: [] as number[], seen: [] as string[] };
  const createWritable = async () =>
    new WritableStream<Uint8Array>({
      write: (piece) => {
        if (state.bytes.length + piece.byteLength > room) throw new DOMException('no room', 'QuotaExceededError');
        state.bytes.push(...piece);
      },
      close: () => void state.seen.push('closed'),
      abort: () => void state.seen.push('aborted'),
    });
  const remove = async () => void state.seen.push('removed');
  const handle = { kind: 'file', name: 'student.zip', createWritable, remove };
  return { state, handle: handle as unknown as FileSystemFileHandle };
}

const piece = (size: number, seed: number) => new Uint8Array(size).map((_, i) => (i * 31 + seed * 7) % 256);

it('holds every file whole, in folders below its name, from a buffer that is written over again and again', async () => {
  const { state, handle } = pickedFile();
  const zip = await newZip(handle, 'student-distilled');
  const buffer = new Uint8Array(1000);
  const pieces = function* () {
    for (let seed = 0; seed < 50; seed++) {
      buffer.set(piece(1000, seed));
      yield buffer;
    }
  };
  await writeFile(zip.sink, 'config.json', [new TextEncoder().encode('{}')]);
  await writeFile(zip.sink, 'onnx/model.onnx_data', pieces());
  const saved = await zip.finish();
  expect(saved).toEqual({ folder: 'student.zip', files: ['config.json', 'onnx/model.onnx_data'], bytes: 50_002 });
  const entries = entriesOf(Buffer.from(state.bytes));
  expect([...entries.keys()]).toEqual(['student-distilled/config.json', 'student-distilled/onnx/model.onnx_data']);
  const expected = Buffer.concat(Array.from({ length: 50 }, (_, seed) => piece(1000, seed)));
  expect(entries.get('student-distilled/onnx/model.onnx_data')!.equals(expected)).toBe(true);
  expect(state.seen).toEqual(['closed']);
});

it('says that the disk is full instead of waiting for it, and leaves nothing', async () => {
  const { state, handle } = pickedFile(5000);
  const zip = await newZip(handle, 'student');
  const much = Array.from({ length: 100 }, (_, seed) => piece(1000, seed));
  await expect(writeFile(zip.sink, 'model.safetensors', much)).rejects.toMatchObject({ code: 'save-full' });
  await zip.discard();
  expect(state.seen).toEqual(['removed']);
});

it('is given up when its files are', async () => {
  const { state, handle } = pickedFile();
  const zip = await newZip(handle, 'student');
  const broken = async function* () {
    yield piece(10, 1);
    throw new RangeError('no more');
  };
  await expect(writeFile(zip.sink, 'model.safetensors', broken())).rejects.toThrow('no more');
  await zip.discard();
  expect(state.seen).toEqual(['aborted', 'removed']);
});
