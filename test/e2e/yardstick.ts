/**
 * The unit in which a page is quick or slow: a fixed piece of a page's usual work, elements made, laid out and taken away. A machine
 * that is slow, or busy, takes longer for it as well.
 */
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    yardstick?: () => void;
  }
}

/** By this name traces know its tasks. */
export const MARK = 'yardstick';

const ELEMENTS = 4000;

export async function bringYardstick(page: Page): Promise<void> {
  await page.evaluate(
    ([mark, elements]) => {
      window.yardstick = () => {
        performance.mark(mark);
        const list = document.createElement('div');
        for (let i = 0; i < elements; i++) {
          const line = document.createElement('p');
          line.textContent = `line ${i} of a page`;
          list.append(line);
        }
        document.body.append(list);
        list.getBoundingClientRect();
        list.remove();
      };
    },
    [MARK, ELEMENTS] as const,
  );
}

/** Does it in a task of its own; milliseconds until the end of the frame behind it, as `inputAnswers` counts them. */
export function yardstick(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        setTimeout(() => {
          window.yardstick?.();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
        });
      }),
  );
}
