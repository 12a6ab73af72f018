/**
 * A model of the shape of Qwen2.5-0.5B with random weights as ONNX, on disk: seconds and memory of writing it, then what
 * onnxruntime-web's WebAssembly takes to load it and to give tokens. `npm run measure -- onnx` (FORM=fp32, fp16 or q4; OUT= where
 * the files go and stay).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { OnnxForm } from '../../src/engine/formats/onnx/forms';
import { onnxBytes, writeOnnx } from '../../src/engine/formats/onnx/write';
import { parseConfig } from '../../src/engine/model/config';
import { folderSink } from '../../src/headless/files';
import { decoderOf, version } from '../support/onnx';
import { randomOutgoing } from '../support/randomOutgoing';

const MB = 1e6;
const form = (process.env.FORM ?? 'fp16') as OnnxForm;
const fixture = join(import.meta.dirname, '../fixtures/qwen2.5/config-Qwen2.5-0.5B-Instruct.json');
const config = parseConfig(JSON.parse(readFileSync(fixture, 'utf8')));

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** The most memory that this process takes while `work` runs, above what it took before, garbage not counted. */
async function peakAbove<T>(work: () => Promise<T>): Promise<{ result: T; peak: number }> {
  collect();
  const start = process.memoryUsage().rss;
  let most = start;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 10);
  const result = await work().finally(() => clearInterval(look));
  return { result, peak: most - start };
}

async function timed<T>(work: () => Promise<T>): Promise<[T, string]> {
  const since = performance.now();
  const result = await work();
  return [result, `${((performance.now() - since) / 1000).toFixed(2)} s`];
}

it(`the 0.5B shape as ${form}`, async () => {
  const memories: WebAssembly.Memory[] = [];
  const Memory = WebAssembly.Memory;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
  const out = process.env.OUT ?? mkdtempSync(join(tmpdir(), 'onnx-'));
  try {
    const model = randomOutgoing(config, 7);
    const write = () => writeOnnx(folderSink(out), model, form, () => {}, { version });
    const [{ result: written, peak }, seconds] = await timed(() => peakAbove(write));
    const bytes = written.files.reduce((sum, file) => sum + file.bytes, 0);
    expect(bytes).toBe(onnxBytes(config, form, { version }));
    console.log(
      `${form}: ${(bytes / MB).toFixed(0)} MB in ${written.files.length} files, ${seconds}, at most ${(peak / MB).toFixed(0)} MB above the start; ${written.rounded} weights rounded`,
    );
    const files = new Map<string, Uint8Array>();
    for (const { path } of written.files) files.set(path.replace('onnx/', ''), await readFile(join(out, path)));
    const held = () => memories.map(({ buffer }) => (buffer.byteLength / MB).toFixed(0)).join(' + ');
    const [decoder, loading] = await timed(() => decoderOf(model.config, files));
    console.log(`loaded in ${loading}; WebAssembly holds ${held()} MB`);
    const prompt = Array.from({ length: 16 }, (_, i) => 1000 + 37 * i);
    const [first, firstTime] = await timed(() => decoder.run(prompt, undefined, 1));
    const [token, most] = largest(first.logits);
    console.log(`first token of 16: ${token} (${most.toFixed(4)}) in ${firstTime}; WebAssembly holds ${held()} MB`);
    const [second, secondTime] = await timed(() => decoder.run([token], first.cache, 1));
    const [, thirdTime] = await timed(() => decoder.run([largest(second.logits)[0]], second.cache, 1));
    console.log(`next ${largest(second.logits)}: ${secondTime}, then ${thirdTime}; WebAssembly holds ${held()} MB`);
  } finally {
    WebAssembly.Memory = Memory;
    if (process.env.OUT === undefined) rmSync(out, { recursive: true });
  }
});

function largest(logits: Float32Array): [token: number, logit: number] {
  const most = logits.reduce((a, b) => Math.max(a, b));
  return [logits.indexOf(most), most];
}
