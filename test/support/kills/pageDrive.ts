/** What a person does at the page until its student is distilled: starts what is next, goes on where something was interrupted. */
import { expect, type Page } from '@playwright/test';
import { openFewRows } from '../../e2e/fewRows';
import type { Studio } from '../../e2e/studio';

/** Steps between checkpoints, and of each training: two an epoch, of two micro-steps each; the teacher's states of the first stay. */
export const [PAGE_INTERVAL, PAGE_STEPS] = [3, 16];

/** Few rows, dropout as always; later epochs of the distillation take the teacher's states of the first. */
export async function prepare(studio: Studio): Promise<void> {
  await openFewRows(studio, { tests: 2, maxNewTokens: 2 });
  for (const stage of ['sft', 'distill']) {
    await studio.setField(`${stage}.epochs`, PAGE_STEPS / 2);
    await studio.setField(`${stage}.batchSize`, 4);
    await studio.setField(`${stage}.accumulation`, 2);
  }
  await studio.setField('checkpoints.everyMinutes', 0);
  await studio.setField('checkpoints.everySteps', PAGE_INTERVAL);
  await expect(studio.get('run-sft')).toBeEnabled();
}

/** `closed`: nothing but another browser helps. */
export type Next = 'done' | 'closed' | { readonly clicked: string };

/** Waits until nothing runs and something can be done, and does it. `cardIsGone`: this browser does not give it back. */
export async function doNext(page: Page, cardIsGone: boolean): Promise<Next> {
  const handle = await page.waitForFunction(
    (gone): Next | undefined => {
      const get = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
      const state = (stage: string) => get(`stage-${stage}`)?.dataset.state;
      const stages = ['sft', 'merge', 'distill'];
      if (get('recovery') || stages.some((stage) => ['running', 'paused', undefined].includes(state(stage))))
        return undefined;
      if (state('sft') === 'done' && state('distill') === 'done') return 'done';
      const click = (id: string): Next | undefined => {
        const button = get(id);
        if (!(button instanceof HTMLButtonElement) || button.disabled) return undefined;
        button.click();
        return { clicked: id };
      };
      if (get('restart')) return gone ? 'closed' : click('restart');
      const stage = state('sft') === 'done' ? 'distill' : 'sft';
      if (get(`go-on-${stage}`)) return click(`go-on-${stage}`);
      return click(stage === 'distill' && state('merge') !== 'done' ? 'run-merge' : `run-${stage}`);
    },
    cardIsGone,
    { polling: 100, timeout: 300_000 },
  );
  return (await handle.jsonValue())!;
}
