/** The `test` of every spec here: it fails as well when anything asked for what the page's policy does not allow. */
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';

/** What was refused since the last test ended; pages that tests share live longer than one. */
const refused: string[] = [];
const watching = new WeakSet<BrowserContext>();

const ofPolicy = /Content Security Policy|Trusted(HTML|Script|ScriptURL|TypePolicy)|Permissions-Policy/i;

/** Notes what every page of a context and every worker of those is refused. */
export function watch(context: BrowserContext): void {
  if (watching.has(context)) return;
  watching.add(context);
  context.on('console', (message) => {
    if (ofPolicy.test(message.text())) refused.push(message.text());
  });
  context.on('page', watchWorkers);
  for (const page of context.pages()) watchWorkers(page);
}

/** The browser tells a page's console what the page was refused, and not what a worker was. */
function watchWorkers(page: Page): void {
  page.on('worker', (worker) => {
    const listen = () =>
      addEventListener('securitypolicyviolation', (event) => {
        const { effectiveDirective, blockedURI, sample } = event as SecurityPolicyViolationEvent;
        console.error(`Content Security Policy of a worker: ${effectiveDirective} ${blockedURI} ${sample}`);
      });
    // A worker may be gone before it could be asked.
    worker.evaluate(listen).catch(() => {});
  });
}

/** Takes what was refused until now, for a test that wants it to be. */
export function refusedSoFar(): string[] {
  return refused.splice(0);
}

export const test = base.extend<{ policy: undefined }>({
  context: async ({ context }, use) => {
    watch(context);
    await use(context);
  },
  policy: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from it which fixtures are wanted.
    async ({}, use) => {
      await use(undefined);
      expect(refusedSoFar(), 'what the page asked for and may not have').toEqual([]);
    },
    { auto: true },
  ],
});
