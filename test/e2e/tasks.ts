/** How long the page's thread is busy without a break: its own processor time, whatever else the machine does. */
import type { Page } from '@playwright/test';
import * as v from 'valibot';

const trace = v.object({
  traceEvents: v.array(
    v.object({
      ...{ name: v.string(), pid: v.number(), tid: v.number() },
      tdur: v.optional(v.number(), 0),
      args: v.optional(v.object({ name: v.optional(v.unknown()) })),
    }),
  ),
});

/** Milliseconds of the longest task while `work` is done. */
export async function longestTask(page: Page, work: () => Promise<unknown>): Promise<number> {
  return Math.max(...(await taskTimes(page, work)));
}

/** Milliseconds of every task while `work` is done. */
export async function taskTimes(page: Page, work: () => Promise<unknown>): Promise<readonly number[]> {
  const browser = page.context().browser();
  if (!browser) throw new Error('the page has no browser');
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] });
  await work();
  // An answer leaves the page before the task that gave it ends, and a task that has not ended has no length yet.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  const { traceEvents } = v.parse(trace, JSON.parse((await browser.stopTracing()).toString()));
  const thread = ({ pid, tid }: { pid: number; tid: number }) => `${pid} ${tid}`;
  const pages = new Set(traceEvents.filter(({ args }) => args?.name === 'CrRendererMain').map(thread));
  const tasks = traceEvents.filter((event) => event.name.endsWith('RunTask') && pages.has(thread(event)));
  if (tasks.length === 0) throw new Error('nothing was traced');
  return tasks.map(({ tdur }) => tdur / 1000);
}
