/** An exported folder on disk for test/fixtures/onnx/check_onnx.py: what lay beside the weights, the weights, and ONNX in every form. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OnnxForm } from '../../src/engine/formats/onnx/forms';
import { withTransformersJs } from '../../src/engine/formats/onnx/transformersJs';
import { type WrittenOnnx, writeOnnx } from '../../src/engine/formats/onnx/write';
import { writeCheckpoint } from '../../src/engine/formats/shards';
import type { FolderSource } from '../../src/engine/studio';
import { folderSink } from '../../src/headless/files';
import { version } from './onnx';
import { outgoingFolder } from './outgoing';

export async function leaveOnnxFolder(folder: string, source: FolderSource, forms: readonly OnnxForm[]): Promise<void> {
  const model = await outgoingFolder(source);
  const sink = folderSink(folder);
  mkdirSync(folder, { recursive: true });
  const written: WrittenOnnx[] = [];
  for (const form of forms) written.push(await writeOnnx(sink, model, form, () => {}, { version }));
  await writeCheckpoint(sink, model.tensors);
  for (const [name, blob] of model.files) {
    if (blob.size > 2) writeFileSync(join(folder, name), new Uint8Array(await blob.arrayBuffer()));
  }
  const config = JSON.parse(await model.files.get('config.json')!.text());
  writeFileSync(join(folder, 'config.json'), JSON.stringify(withTransformersJs(config, written), null, 2));
}
