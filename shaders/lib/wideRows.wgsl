// Rows of y written by vectors (lib/projection).

@group(0) @binding(5) var<storage, read> residualWide: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> yWide: array<vec4f>;

// 1 where every row of y (dy) begins and ends on a vector.
override WHOLE_VECTORS = 0u;

// Four of one row, with bias and residual; those past the last output are left out.
fn storeY(p: u32, z: u32, m: u32, n: u32, values: vec4f) {
  let outputs = params.outputs[p];
  if (m >= params.rows || n >= outputs) { return; }
  let word = params.biasAt[p];
  let at = params.outAt[p] + (z * params.rows + m) * params.pitch[p] + n;
  let same = m * outputs + n;
  if (WHOLE_VECTORS == 1u) {
    var sum = values;
    if (word != ABSENT) { sum += unpack(vec2u(bias[word + n / 2u], bias[word + n / 2u + 1u])); }
    if (RESIDUAL == 1u) { sum += residualWide[same / 4u]; }
    yWide[at / 4u] = sum;
    return;
  }
  for (var j = 0u; j < 4u && n + j < outputs; j++) {
    var sum = values[j];
    if (word != ABSENT) { sum += biasAt(2u * word + n + j); }
    if (RESIDUAL == 1u) { sum += residualWide[(same + j) / 4u][(same + j) % 4u]; }
    yWide[(at + j) / 4u][(at + j) % 4u] = sum;
  }
}
