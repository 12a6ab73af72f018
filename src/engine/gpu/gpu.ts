/** The ground floor in one object: device, shaders, compiled pipelines. Everything above records through it. */
import { matricesFeature, subgroupsFeature } from './device';
import { heldOn } from './held';
import { parseShader, type Shader } from './shader';
import type { Tensor } from './tensor';
import { Variants } from './variants';

export type Constants = Readonly<Record<string, number>>;

/** Bytes of the buffers that ops of all models share: sums of split products, and matrices as halves (of a chunk of logits). */
export const scratchBytes = { sums: 32 * 2 ** 20, halves: 112 * 2 ** 20 } as const;

export type Scratch = keyof typeof scratchBytes;

export class Gpu {
  readonly device: GPUDevice;
  /** True where barriers and workgroup memory cost more than they save: kernels then let invocations work alone. */
  readonly software: boolean;
  readonly variants: Variants;
  /** Workgroups of a dispatch in one dimension, at most. */
  readonly mostGroups: number;
  private readonly scratches = new Map<Scratch, Tensor>();
  private readonly sources: ReadonlyMap<string, string>;
  private readonly shaders = new Map<string, { shader: Shader; module: GPUShaderModule }>();
  private readonly pipelines = new Map<string, GPUComputePipeline>();
  private readonly pending = new Map<string, Promise<void>>();

  constructor(device: GPUDevice, sources: ReadonlyMap<string, string>, software: boolean) {
    this.device = device;
    this.software = software;
    const { features, limits } = device;
    this.mostGroups = limits.maxComputeWorkgroupsPerDimension;
    this.variants = new Variants(software, features.has(matricesFeature), software && features.has(subgroupsFeature));
    this.sources = sources;
  }

  /** One for all ops: dispatches that read and write it are in order. Made when it is first asked for. */
  scratch(use: Scratch): Tensor {
    const known = this.scratches.get(use) ?? this.makeScratch(use);
    this.scratches.set(use, known);
    return known;
  }

  /** Frees what it made on the device, which goes on. */
  destroy(): void {
    for (const { buffer, bytes } of this.scratches.values()) {
      buffer.destroy();
      heldOn(this.device).others.add(-bytes);
    }
    this.scratches.clear();
  }

  private makeScratch(name: Scratch): Tensor {
    const bytes = scratchBytes[name];
    const buffer = this.device.createBuffer({ label: name, size: bytes, usage: GPUBufferUsage.STORAGE });
    heldOn(this.device).others.add(bytes);
    return { name, dtype: 'f32', shape: [bytes / 4], buffer, offset: 0, bytes };
  }

  shader(stem: string): Shader {
    return this.load(stem).shader;
  }

  /** The pipeline if it is compiled already; `compile` makes sure of it. */
  pipeline(key: string): GPUComputePipeline | undefined {
    return this.pipelines.get(key);
  }

  /** Compiles one entry point off the main path; the same key is compiled once however often it is asked for. */
  compile(key: string, stem: string, entry: string, constants: Constants): Promise<void> {
    const known = this.pending.get(key);
    if (known) return known;
    const compiling = this.build(key, stem, entry, constants);
    this.pending.set(key, compiling);
    return compiling;
  }

  /** Changes when the text of any shader of this stem does (FNV-1a). */
  digest(stem: string): string {
    let hash = 0x811c9dc5;
    for (const name of [...this.sources.keys()].filter((path) => path.startsWith(`${stem}.`)).sort()) {
      const { code } = parseShader(name.replace('.wgsl', ''), this.sources);
      for (let i = 0; i < code.length; i++) hash = Math.imul(hash ^ code.charCodeAt(i), 0x01000193);
    }
    return (hash >>> 0).toString(16);
  }

  private async build(key: string, stem: string, entry: string, constants: Constants): Promise<void> {
    const { module, shader } = this.load(stem);
    try {
      const pipeline = await this.device.createComputePipelineAsync({
        label: key,
        layout: 'auto',
        compute: { module, entryPoint: entry, constants: { ...constants } },
      });
      this.pipelines.set(key, pipeline);
    } catch (error) {
      const info = await module.getCompilationInfo();
      const lines = info.messages.map((m) => `  [${m.type} at ${m.lineNum}:${m.linePos}] ${m.message}`);
      throw new Error(
        `kernel ${key} does not compile: ${String(error)}\n${lines.join('\n')}\n${numbered(shader.code)}`,
      );
    }
  }

  private load(stem: string): { shader: Shader; module: GPUShaderModule } {
    const known = this.shaders.get(stem);
    if (known) return known;
    const shader = parseShader(stem, this.sources);
    const loaded = { shader, module: this.device.createShaderModule({ label: stem, code: shader.code }) };
    this.shaders.set(stem, loaded);
    return loaded;
  }
}

function numbered(code: string): string {
  return code
    .split('\n')
    .map((line, index) => `${String(index + 1).padStart(4)} ${line}`)
    .join('\n');
}
