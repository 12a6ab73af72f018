import { defineConfig } from '@playwright/test';
import { findBrowser } from './test/support/browser.mjs';

const browser = findBrowser();
const port = process.env.E2E_PORT ?? '4183';
const address = `http://127.0.0.1:${port}/`;

// The software adapter makes every machine alike; Chromium blocks it unless told otherwise. /dev/shm is 64 MB in
// containers, and WebGPU uploads go through shared memory.
const flags = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-dev-shm-usage',
];

export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results/e2e',
  // One page at a time, and no second try: a test that fails sometimes is a defect of the page or of the test.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 10 * 60_000,
  expect: { timeout: 120_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  use: {
    baseURL: address,
    locale: 'en-US',
    viewport: { width: 1440, height: 1000 },
    // Every test asks the server; offline.spec.ts allows them.
    serviceWorkers: 'block',
    screenshot: 'only-on-failure',
    launchOptions: { args: flags, ...(browser ? { executablePath: browser } : {}) },
  },
  projects: [
    { name: 'short', testIgnore: 'story.spec.ts' },
    { name: 'story', testMatch: 'story.spec.ts', timeout: 30 * 60_000, dependencies: ['short'] },
  ],
  webServer: {
    command: `npx vite build --logLevel warn && npx vite preview --host 127.0.0.1 --port ${port} --strictPort`,
    url: address,
    timeout: 5 * 60_000,
    reuseExistingServer: false,
  },
});
