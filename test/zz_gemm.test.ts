import { it } from 'vitest';
import * as op from '../src/engine/ops/linear';
import { bench } from './support/gpu';
it('gemm', async () => {
  const b = await bench();
  for (const [m, k, n] of [[190, 128, 256], [190, 256, 128], [190, 128, 128]] as const) {
    const x = b.f32('x', [m, k]), w = b.bf16('w', [n, k], new Float64Array(n * k)), y = b.f32('y', [m, n]);
    for (const dir of ['forward', 'backward']) {
      let best = 1e9;
      for (let r = 0; r < 12; r++) {
        for (let i = 0; i < 4; i++) dir === 'forward' ? op.forward(b.rec, { x, weight: w, rows: m }, y) : op.backward(b.rec, { weight: w, rows: m, accumulate: false }, y, x);
        const t = performance.now(); await b.rec.submit(); await b.gpu.device.queue.onSubmittedWorkDone();
        best = Math.min(best, (performance.now() - t) / 4);
      }
      console.log(dir, m, k, n, best.toFixed(2), (2 * m * n * k / best / 1e6).toFixed(2));
    }
  }
});
