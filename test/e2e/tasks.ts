/** How long the page's thread is busy without a break: its own processor time, whatever else the machine does. */
import type { Page } from '@playwright/test';
import * as v from 'valibot';
import { median } from './latency';
import { bringYardstick, MARK, yardstick } from './yardstick';

const trace = v.object({
  traceEvents: v.array(
    v.object({
      ...{ name: v.string(), pid: v.number(), tid: v.number() },
      ...{ ts: v.optional(v.number(), 0), dur: v.optional(v.number(), 0), tdur: v.optional(v.number(), 0) },
      args: v.optional(v.object({ name: v.optional(v.unknown()) })),
    }),
  ),
});

type TraceEvent = v.InferOutput<typeof trace>['traceEvents'][number];

/** The longest task while `work` is done, in yardsticks that are done behind it: tasks of the same page, at the same time. */
export async function longestTask(page: Page, work: () => Promise<unknown>): Promise<number> {
  await bringYardstick(page);
  const events = await traced(page, async () => {
    await work();
    for (let i = 0; i < 5; i++) await yardstick(page);
  });
  const marks = events.filter(({ name }) => name === MARK);
  const isYardstick = (task: TraceEvent) => marks.some(({ ts }) => ts >= task.ts && ts <= task.ts + task.dur);
  const tasks = tasksOf(events);
  const units = tasks.filter(isYardstick);
  if (units.length !== marks.length || units.length === 0) throw new Error(`${units.length} yardsticks were traced`);
  const longest = Math.max(...tasks.filter((task) => !isYardstick(task)).map(({ tdur }) => tdur));
  return longest / median(units.map(({ tdur }) => tdur));
}

/** Milliseconds of every task while `work` is done. */
export async function taskTimes(page: Page, work: () => Promise<unknown>): Promise<readonly number[]> {
  return tasksOf(await traced(page, work)).map(({ tdur }) => tdur / 1000);
}

/** What the threads of pages did while `work` was done. */
async function traced(page: Page, work: () => Promise<unknown>): Promise<readonly TraceEvent[]> {
  const browser = page.context().browser();
  if (!browser) throw new Error('the page has no browser');
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'blink.user_timing'] });
  await work();
  // An answer leaves the page before the task that gave it ends, and a task that has not ended has no length yet.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  const { traceEvents } = v.parse(trace, JSON.parse((await browser.stopTracing()).toString()));
  const thread = ({ pid, tid }: { pid: number; tid: number }) => `${pid} ${tid}`;
  const pages = new Set(traceEvents.filter(({ args }) => args?.name === 'CrRendererMain').map(thread));
  return traceEvents.filter((event) => pages.has(thread(event)));
}

function tasksOf(events: readonly TraceEvent[]): readonly TraceEvent[] {
  const tasks = events.filter(({ name }) => name.endsWith('RunTask'));
  if (tasks.length === 0) throw new Error('nothing was traced');
  return tasks;
}
