/** SwiGLU. Backward recomputes the sigmoid instead of saving it. */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { words } from '../gpu/work';

export interface Swiglu {
  /** f32 [count] each */
  readonly gate: Tensor;
  readonly up: Tensor;
  readonly count: number;
}

const VALUES_PER_GROUP = 256;

/** h[count] = silu(gate) · up */
export function forward(rec: Recorder, { gate, up, count }: Swiglu, h: Tensor): void {
  const work = { flops: 5 * count, bytes: words(3 * count) };
  rec.dispatch({ stem: 'swiglu', entry: 'forward', bind: { gate, up, h }, params: { count }, grid: grid(count), work });
}

interface Gradients {
  readonly dGate: Tensor;
  readonly dUp: Tensor;
  /** Gets forward's h once more. */
  readonly again?: Tensor | undefined;
}

/** Gradients of both inputs, [count] each; needs the inputs that forward had. */
export function backward(rec: Recorder, { gate, up, count }: Swiglu, dh: Tensor, { again, ...grads }: Gradients): void {
  rec.dispatch({
    stem: 'swiglu',
    entry: again ? 'backwardAgain' : 'backward',
    bind: { gate, up, dh, ...grads, ...(again && { again }) },
    params: { count },
    grid: grid(count),
    work: { flops: (again ? 13 : 11) * count, bytes: words((again ? 6 : 5) * count) },
  });
}

function grid(count: number) {
  return lines(Math.ceil(count / VALUES_PER_GROUP));
}
