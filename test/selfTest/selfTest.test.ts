import { it } from 'vitest';
import { runSelfTest, casesFor } from '../../src/engine/selfTest/selfTest';
import { testGpu } from '../support/gpu';
it.each([false,true])('x %s', async (all) => {
  const gpu = await testGpu('software');
  const r = await runSelfTest(gpu, casesFor(gpu, all), { stopped: () => false, now: () => performance.now(), tell: () => {}});
  console.log(r.milliseconds, r.checks.length, r.checks.filter(c=>!c.passed));
});
