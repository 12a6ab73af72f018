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

/** Whether there is anything to compute, and the name that it is counted under. */
export function opOf({ stem, entry, grid }: Dispatch): string | undefined {
  return grid.some((size) => size === 0) ? undefined : `${stem}.${entry}`;
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
    const limit = this.gpu.device.limits.maxComputeWorkgroupsPerDimension;
    if (dispatch.grid.some((size) => size !== undefined && (size > limit || !Number.isInteger(size)))) {
      throw new Error(`${dispatch.stem}.${dispatch.entry}: grid ${dispatch.grid.join('×')} is not within 0..${limit}`);
    }
    const op = opOf(dispatch);
    if (op === undefined) return;
    this.tally.add(op, dispatch.work);
    this.commands.push({ kind: 'dispatch', pipeline: this.keys.of(this.commands.length, dispatch), dispatch });
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
    const names = Object.keys(bind);
    const tensors = Object.values(bind);
    this.bindGroups[slot] ??= [];
    const groups = this.bindGroups[slot];
    const known = groups.find((one) => one.key === key && isSame(one, names, tensors));
    if (known) return known.group;
    const shader = this.gpu.shader(file);
    const entries: GPUBindGroupEntry[] = names.map((name, index) => {
      const binding = shader.bindings.get(name);
      if (binding === undefined) throw new Error(`shader ${shader.stem}: no binding ${name}`);
      const { buffer, offset, bytes } = tensors[index]!;
      // Nothing else begins there: tensors lie on 256 bytes, and a buffer ends with a whole vector.
      return { binding, resource: { buffer, offset, size: wholeVectors(bytes) } };
    });
    if (shader.params) {
      const resource = { buffer: params, offset: slot * SLOT, size: shader.params.bytes };
      entries.push({ binding: shader.params.binding, resource });
    }
    const group = this.gpu.device.createBindGroup({ label: key, layout: pipeline.getBindGroupLayout(0), entries });
    groups.push({ key, names, tensors, group });
    return group;
  }
}

/** A bind group of a slot, and what it binds. */
interface Bound {
  /** Of the pipeline. */
  readonly key: string;
  readonly names: readonly string[];
  readonly tensors: readonly Tensor[];
  readonly group: GPUBindGroup;
}

function isSame({ names: own, tensors: mine }: Bound, names: readonly string[], tensors: readonly Tensor[]): boolean {
  for (let i = 0; i < names.length; i++) {
    const [a, b] = [mine[i]!, tensors[i]!];
    if (own[i] !== names[i] || a.buffer !== b.buffer || a.offset !== b.offset || a.bytes !== b.bytes) return false;
  }
  return own.length === names.length;
}
