import { defineConfig } from 'vitest/config';
import { page } from '../../vite.config';

/** Measurements that take minutes and are no part of `npm test`; run from the repository's root. */
export default defineConfig({
  ...page,
  test: { ...page.test, include: ['test/bench/*.measure.ts'], testTimeout: 3_600_000 },
});
