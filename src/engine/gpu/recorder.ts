/**
 * Ops record dispatches into a recorder. That of a device turns the whole list into one command buffer at `submit`; one on
 * paper (`paper.ts`) only counts.
 * Parameters of all dispatches travel in one uniform buffer, written once per submit. A recorder is reused from step
 * to step: the n-th dispatch keeps the n-th slot, so its bind group is found in the cache.
 */
import type { Constants, Gpu, Scratch } from './gpu';
import { heldOn } from './held';
import { PipelineKeys, type PipelineName } from './pipelineKeys';
import { type ParamValue, packParams, type Words, wordsOf } from './shader';
import { type Tensor, wholeVectors } from './tensor';
import type { Variants } from './variants';
import { Tally, type Work } from './work';

export interface Dispatch {
  readonly stem: string;
  /** Which of the shaders of that stem, `<stem>.<variant>.wgsl`; the plain one when absent. */
  readonly variant?: string | undefined;
  readonly entry: string;
  /** Tensors by the name of the shader's variable: exactly those that the entry point uses. */
  readonly bind: Readonly<Record<string, Tensor>>;
  readonly params?: Readonly<Record<string, ParamValue>>;
  /** `override` constants; each combination is a pipeline of its own. */
  readonly constants?: Constants;
  /** Workgroups in x, y, z. */
  readonly grid: readonly [number, number?, number?];
  readonly work: Work;
}

/** What ops know of where they are recorded. */
export interface Recorder {
  /** True where barriers and workgroup memory cost more than they save: kernels then let invocations work alone. */
  readonly software: boolean;
  /** Which matmul kernels to record. */
  readonly variants: Variants;
  /** Room for what the dispatches of one op hand on to each other. */
  scratch(use: Scratch): Tensor;
  dispatch(dispatch: Dispatch): void;
  /** Copies all of `from` over the start of `to`. */
  copy(from: Tensor, to: Tensor): void;
  /** Fills with zeros. */
  clear(to: Tensor): void;
}

/** Whether there is nothing to compute. */
export function isEmpty({ grid: [x, y, z] }: Dispatch): boolean {
  return x === 0 || y === 0 || z === 0;
}

type Command =
  | { kind: 'dispatch'; pipeline: PipelineName; dispatch: Dispatch }
  | { kind: 'copy' | 'clear'; from?: Tensor; to: Tensor };

const SLOT = 256;

export class GpuRecorder implements Recorder {
  readonly gpu: Gpu;
  /** What was recorded since its last restart. */
  readonly tally = new Tally();
  private commands: Command[] = [];
  private params: { buffer: GPUBuffer; host: ArrayBuffer; words: Words } | undefined;
  /** By slot: a step after the other binds the same there, but for batches of other sizes. */
  private bindGroups: Bound[][] = [];
  private readonly keys = new PipelineKeys();

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  get software(): boolean {
    return this.gpu.software;
  }

  get variants(): Variants {
    return this.gpu.variants;
  }

  scratch(use: Scratch): Tensor {
    return this.gpu.scratch(use);
  }

  dispatch(dispatch: Dispatch): void {
    const { stem, entry, grid, work } = dispatch;
    for (const size of grid) {
      if (size === undefined || (size <= this.gpu.mostGroups && Number.isInteger(size))) continue;
      throw new Error(`${stem}.${entry}: grid ${grid.join('×')} is not within 0..${this.gpu.mostGroups}`);
    }
    if (isEmpty(dispatch)) return;
    const pipeline = this.keys.of(this.commands.length, dispatch);
    this.tally.add(pipeline.op, work);
    this.commands.push({ kind: 'dispatch', pipeline, dispatch });
  }

  copy(from: Tensor, to: Tensor): void {
    this.commands.push({ kind: 'copy', from, to });
  }

  clear(to: Tensor): void {
    this.commands.push({ kind: 'clear', to });
  }

  /** Compiles what is missing (in parallel), writes the parameters, encodes and submits everything recorded. */
  async submit(): Promise<void> {
    (await this.prepare())();
  }

  /** All but the last of it: what it gives submits. */
  async prepare(): Promise<() => void> {
    // What is recorded while kernels compile belongs to the next one.
    const commands = this.commands;
    this.commands = [];
    await this.compileAll(commands);
    const buffer = this.writeParams(commands);
    const encoder = this.gpu.device.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    commands.forEach((command, slot) => {
      if (command.kind === 'dispatch') {
        pass ??= encoder.beginComputePass();
        this.encode(pass, command.pipeline, command.dispatch, slot, buffer);
        return;
      }
      pass?.end();
      pass = undefined;
      const { from, to } = command;
      if (from) encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, from.bytes);
      else encoder.clearBuffer(to.buffer, to.offset, to.bytes);
    });
    pass?.end();
    const finished = encoder.finish();
    return () => this.gpu.device.queue.submit([finished]);
  }

  destroy(): void {
    this.freeParams();
  }

  private freeParams(): void {
    if (this.params) heldOn(this.gpu.device).others.add(-this.params.host.byteLength);
    this.params?.buffer.destroy();
    this.params = undefined;
    this.bindGroups = [];
  }

  /** What is missing for everything recorded, in parallel. */
  compile(): Promise<void> {
    return this.compileAll(this.commands);
  }

  private async compileAll(commands: readonly Command[]): Promise<void> {
    const missing: Promise<void>[] = [];
    for (const command of commands) {
      if (command.kind !== 'dispatch' || this.gpu.pipeline(command.pipeline.key)) continue;
      const { key, shader, entry, constants } = command.pipeline;
      missing.push(this.gpu.compile(key, shader, entry, constants));
    }
    await Promise.all(missing);
  }

  private writeParams(commands: readonly Command[]): GPUBuffer {
    const bytes = Math.max(SLOT, commands.length * SLOT);
    if (!this.params || this.params.buffer.size < bytes) {
      this.freeParams();
      const size = 2 ** Math.ceil(Math.log2(bytes));
      const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
      const buffer = this.gpu.device.createBuffer({ label: 'params', size, usage });
      const host = new ArrayBuffer(size);
      this.params = { buffer, host, words: wordsOf(host) };
      heldOn(this.gpu.device).others.add(size);
    }
    const { buffer, host, words } = this.params;
    commands.forEach((command, slot) => {
      if (command.kind !== 'dispatch') return;
      packParams(this.gpu.shader(command.pipeline.shader), command.dispatch.params ?? {}, words, slot * SLOT);
    });
    this.gpu.device.queue.writeBuffer(buffer, 0, host, 0, bytes);
    return buffer;
  }

  private encode(
    pass: GPUComputePassEncoder,
    name: PipelineName,
    { bind, grid }: Dispatch,
    slot: number,
    params: GPUBuffer,
  ): void {
    const pipeline = this.gpu.pipeline(name.key);
    if (!pipeline) throw new Error(`kernel ${name.key} was not compiled`);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.bindGroup(pipeline, name, bind, slot, params));
    pass.dispatchWorkgroups(grid[0], grid[1] ?? 1, grid[2] ?? 1);
  }

  private bindGroup(
    pipeline: GPUComputePipeline,
    { key, shader: file }: PipelineName,
    bind: Dispatch['bind'],
    slot: number,
    params: GPUBuffer,
  ): GPUBindGroup {
    this.bindGroups[slot] ??= [];
    const groups = this.bindGroups[slot];
    for (const known of groups) if (known.key === key && bindsSame(known.bind, bind)) return known.group;
    const shader = this.gpu.shader(file);
    const entries: GPUBindGroupEntry[] = Object.entries(bind).map(([name, { buffer, offset, bytes }]) => {
      const binding = shader.bindings.get(name);
      if (binding === undefined) throw new Error(`shader ${shader.stem}: no binding ${name}`);
      // Nothing else begins there: tensors lie on 256 bytes, and a buffer ends with a whole vector.
      return { binding, resource: { buffer, offset, size: wholeVectors(bytes) } };
    });
    if (shader.params) {
      const resource = { buffer: params, offset: slot * SLOT, size: shader.params.bytes };
      entries.push({ binding: shader.params.binding, resource });
    }
    const group = this.gpu.device.createBindGroup({ label: key, layout: pipeline.getBindGroupLayout(0), entries });
    groups.push({ key, bind, group });
    return group;
  }
}

/** A bind group of a slot, and what it binds. */
interface Bound {
  /** Of the pipeline. */
  readonly key: string;
  readonly bind: Dispatch['bind'];
  readonly group: GPUBindGroup;
}

/** Of one pipeline, so that the names are the same. */
function bindsSame(these: Dispatch['bind'], those: Dispatch['bind']): boolean {
  for (const name in these) {
    const a = these[name]!;
    const b = those[name];
    if (a === b) continue;
    if (a.buffer !== b?.buffer || a.offset !== b.offset || a.bytes !== b.bytes) return false;
  }
  return true;
}
