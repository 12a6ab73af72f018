/** Models that are closed leave nothing behind, however often: no buffer on the card, and no growing heap. */
import { expect, it } from 'vitest';
import { demoModel } from '../support/demoPair';
import { found, live, openHouse } from './lives';

it('gives back all that lives of models took, time after time', async () => {
  const house = await openHouse();
  const { engine } = house;
  await engine.loadModel('student', demoModel('student'));
  const alone = await found(house);
  // Both sums can see a model that is there, and say the same of it.
  expect(alone.gpu).toBeGreaterThan(1e6);
  expect(alone.summed).toBe(alone.gpu);
  await engine.loadModel('student', demoModel('student'));
  expect(await found(house)).toMatchObject({ gpu: alone.gpu, summed: alone.gpu });
  await engine.closeModel('teacher');
  expect((await found(house)).gpu, 'there is no teacher that could be closed').toBe(alone.gpu);

  const left = [];
  for (let turn = 0; turn < 4; turn++) {
    await live(house);
    left.push(await found(house));
  }
  for (const { gpu, summed } of left) expect([gpu, summed]).toEqual([0, 0]);
  // The first turn compiles kernels, which stay.
  expect(left[3]!.heap / left[1]!.heap - 1).toBeLessThan(0.05);
});
