/** Every loss that the page shows, by step: written down by the page itself, so that none is missed. */
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    shownLosses?: Map<number, number>;
  }
}

/** Call before the stage starts. */
export async function watchLosses(page: Page): Promise<void> {
  await page.evaluate(() => {
    const losses = new Map<number, number>();
    window.shownLosses = losses;
    const shown = (id: string): number =>
      Number.parseFloat(document.querySelector(`[data-testid=${id}]`)?.textContent ?? '');
    new MutationObserver(() => {
      const step = shown('step');
      if (Number.isFinite(step)) losses.set(step, shown('loss'));
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

/** Losses in the order of their steps; forgets them. */
export async function takeLosses(page: Page): Promise<number[]> {
  const pairs = await page.evaluate(() => {
    const taken = [...(window.shownLosses ?? [])];
    window.shownLosses?.clear();
    return taken;
  });
  return pairs.sort(([a], [b]) => a - b).map(([, loss]) => loss);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
