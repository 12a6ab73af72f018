// x and dy as matrices of f16 (lib/halves), for `linear.matrices`: a workgroup for every row. Where adapters
// read all of them, `lora.halves` makes them on its way.

#import lib/projection
#import lib/halving

@group(0) @binding(0) var<storage, read> xWide: array<vec4f>;

override WHOLE_VECTORS = 0u;

const WIDTH = 128u;

fn dyAt(p: u32, m: u32) -> u32 { return params.outAt[p] + m * params.pitch[p]; }

@compute @workgroup_size(WIDTH)
fn halveX(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) { halveRowOfX(group.x, index); }

@compute @workgroup_size(WIDTH)
fn halveDy(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) { halveRowOfDy(group.x, index); }
