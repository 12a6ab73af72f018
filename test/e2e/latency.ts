/** The page's own clock: frames, and the time from an input to the frame that answers it. */
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    inputAnswer?: Promise<number>;
  }
}

/** Clicks the elements in turn; milliseconds from each click to the end of the frame that answers it. */
export async function inputAnswers(page: Page, testIds: readonly string[], clicks: number): Promise<number[]> {
  const answers: number[] = [];
  for (let i = 0; i < clicks; i++) {
    await page.evaluate(() => {
      window.inputAnswer = new Promise((resolve) => {
        // What a frame's callback posts runs after that frame was drawn.
        const measure = ({ timeStamp }: Event): unknown =>
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - timeStamp)));
        window.addEventListener('click', measure, { capture: true, once: true });
      });
    });
    await page.getByTestId(testIds[i % testIds.length] ?? '').click();
    answers.push(await page.evaluate(() => window.inputAnswer ?? Number.NaN));
  }
  return answers;
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
