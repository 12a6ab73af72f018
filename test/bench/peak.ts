/** What an adapter can do at most, measured in the same run: multiply-adds of f32 a second, and bytes moved through memory. */

export interface Peak {
  readonly gflops: number;
  /** Bytes read and written, by 10⁹ a second. */
  readonly gigabytes: number;
}

const STEPS = 4096;

/** Eight chains of multiply-adds of vectors, so that none waits for another. */
const arithmetic = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = vec4f(1.0 - 1e-6 * f32(id.x));
  var a = x; var b = x + 1.0; var c = x + 2.0; var d = x + 3.0;
  var e = x + 4.0; var f = x + 5.0; var g = x + 6.0; var h = x + 7.0;
  for (var i = 0u; i < ${STEPS}u; i++) {
    a = fma(a, x, x); b = fma(b, x, x); c = fma(c, x, x); d = fma(d, x, x);
    e = fma(e, x, x); f = fma(f, x, x); g = fma(g, x, x); h = fma(h, x, x);
  }
  out[id.x] = a + b + c + d + e + f + g + h;
}`;

const moving = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) n: vec3u) {
  let at = id.y * n.x * 256u + id.x;
  out[at] = source[at];
}`;

const REPEATED = 5;

/** Both at their best of three. `small`: on a CPU adapter, where the whole would take minutes. */
export async function peakOf(device: GPUDevice, small: boolean): Promise<Peak> {
  const groups = small ? 8 : 132 * 64;
  const buffers: GPUBuffer[] = [];
  const buffer = (size: number) => {
    buffers.push(device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
    return buffers.at(-1)!;
  };
  const bytes = small ? 2 ** 24 : 2 ** 28;
  try {
    const sums = buffer(groups * 256 * 16);
    const alone = await best(device, arithmetic, [sums], [groups]);
    const moved = await best(device, moving, [buffer(bytes), buffer(bytes)], [bytes / 16 / 256 / 16, 16]);
    return {
      gflops: (groups * 256 * STEPS * 8 * 4 * 2) / alone / 1e6,
      gigabytes: (2 * bytes) / moved / 1e6,
    };
  } finally {
    for (const one of buffers) one.destroy();
  }
}

/** Milliseconds of one dispatch. */
async function best(device: GPUDevice, code: string, bound: readonly GPUBuffer[], grid: readonly [number, number?]) {
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  const entries = bound.map((one, binding) => ({ binding, resource: { buffer: one } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round++) {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let n = 0; n < REPEATED; n++) pass.dispatchWorkgroups(grid[0], grid[1] ?? 1);
    pass.end();
    const since = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    // The first round compiles.
    if (round > 0) fastest = Math.min(fastest, (performance.now() - since) / REPEATED);
  }
  return fastest;
}
