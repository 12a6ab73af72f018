/** SwiGLU. Backward recomputes the sigmoid instead of saving it. */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';

export interface Swiglu {
  /** f32 [count] each */
  readonly gate: Tensor;
  readonly up: Tensor;
  readonly count: number;
}

const VALUES_PER_GROUP = 256;
const GROUPS_PER_LINE = 32_768;

/** h[count] = silu(gate) · up */
export function forward(rec: Recorder, { gate, up, count }: Swiglu, h: Tensor): void {
  rec.dispatch({ stem: 'swiglu', entry: 'forward', bind: { gate, up, h }, params: { count }, grid: grid(count) });
}

/** Gradients of both inputs, [count] each; needs the inputs that forward had. */
export function backward(rec: Recorder, { gate, up, count }: Swiglu, dh: Tensor, dGate: Tensor, dUp: Tensor): void {
  const bind = { gate, up, dh, dGate, dUp };
  rec.dispatch({ stem: 'swiglu', entry: 'backward', bind, params: { count }, grid: grid(count) });
}

function grid(count: number): [number, number] {
  const groups = Math.ceil(count / VALUES_PER_GROUP);
  return [Math.min(groups, GROUPS_PER_LINE), Math.ceil(groups / GROUPS_PER_LINE)];
}
