import { defineConfig } from 'vitest/config';
import base from '../../vite.config';

/** Measurements that take minutes and are no part of `npm test`; run from the repository's root. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/bench/*.measure.ts'], testTimeout: 3_600_000 },
});
