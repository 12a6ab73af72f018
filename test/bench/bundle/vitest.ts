/** What tests import from `vitest`, for a bundle that runs without it: the same runner and the same assertions. */
import { chai, type ExpectStatic, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from '@vitest/runner';

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

// The plugins make chai's function into this one; its type cannot know.
export const expect = chai.expect as unknown as ExpectStatic;
