/** The page's own clock: frames, and the time from an input to the frame that answers it. */
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    inputAnswers?: number[];
  }
}

/** Clicks the elements in turn; milliseconds from each click to the end of the frame that answers it. */
export async function inputAnswers(page: Page, testIds: readonly string[], clicks: number): Promise<number[]> {
  await page.evaluate(() => {
    const answers: number[] = [];
    window.inputAnswers = answers;
    const measure = (event: Event): void => {
      // What a frame's callback posts runs after that frame was drawn.
      requestAnimationFrame(() => setTimeout(() => answers.push(performance.now() - event.timeStamp)));
    };
    window.addEventListener('click', measure, { capture: true });
  });
  for (let i = 0; i < clicks; i++) {
    await page.getByTestId(testIds[i % testIds.length] ?? '').click();
    await page.waitForFunction((count) => (window.inputAnswers?.length ?? 0) > count, i);
  }
  return page.evaluate(() => window.inputAnswers ?? []);
}

/** Waits until the page has drawn that many frames, however slow the machine is. */
export async function frames(page: Page, count: number): Promise<void> {
  await page.evaluate(async (most) => {
    for (let i = 0; i < most; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  }, count);
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
