/** The page as the tests see it: a few verbs over its test ids. */
import { type Browser, expect, type Locator, type Page } from '@playwright/test';
import { watch } from './watched';

export type Stage = 'baseline' | 'sft' | 'merge' | 'distill' | 'evaluate' | 'control';
export type StageState =
  | 'idle'
  | 'blocked'
  | 'running'
  | 'paused'
  | 'done'
  | 'stopped'
  | 'failed'
  | 'interrupted'
  | 'past';
export type Split = 'train' | 'test';

export const subjects = [
  'teacher-base',
  'teacher-sft',
  'teacher-merged',
  'student-base',
  'student-distilled',
  'student-sft',
] as const;
export type Subject = (typeof subjects)[number];

export class Studio {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    watch(page.context());
  }

  get(id: string): Locator {
    return this.page.getByTestId(id);
  }

  /** The element after every tab that it stands under was opened. */
  async reveal(id: string): Promise<Locator> {
    const element = this.get(id);
    const tabs = await element.evaluate((at) => {
      const panels: (string | null)[] = [];
      for (
        let panel = at.closest('[role=tabpanel]');
        panel;
        panel = panel.parentElement?.closest('[role=tabpanel]') ?? null
      )
        if (panel.closest('[hidden]')) panels.unshift(panel.getAttribute('aria-labelledby'));
      return panels.flatMap((tab) => tab ?? []);
    });
    for (const tab of tabs) await this.page.locator(`[id="${tab}"]`).click();
    return element;
  }

  async click(id: string): Promise<void> {
    await (await this.reveal(id)).click();
  }

  async stop(): Promise<void> {
    await this.get('stop').click();
    await this.get('stop-confirm').click();
  }

  /** One of the views below the stations. */
  async look(view: 'live' | 'compare' | 'tokens' | 'talk' | 'log' | 'diagnostics'): Promise<void> {
    await this.get(`view-${view}`).click();
  }

  stage(stage: Stage): Locator {
    return this.get(`stage-${stage}`);
  }

  /** Opens the page and waits until the demo pair and its rows are loaded: only then can a stage start. */
  async open(): Promise<void> {
    await this.page.goto('./');
    await this.expectStage('sft', 'idle');
    await this.expectStage('baseline', 'idle');
  }

  async expectStage(stage: Stage, state: StageState): Promise<void> {
    await expect(this.stage(stage)).toHaveAttribute('data-state', state);
  }

  async run(stage: Stage, timeout = 5 * 60_000): Promise<void> {
    await this.click(`run-${stage}`);
    await expect(this.stage(stage)).toHaveAttribute('data-state', /^(running|done|failed)$/);
    await this.finished(stage, timeout);
  }

  /** Waits for the end of a stage; one that failed ends the wait with the sentence that the page shows. */
  async finished(stage: Stage, timeout: number): Promise<void> {
    await expect(this.stage(stage)).toHaveAttribute('data-state', /^(done|failed|stopped)$/, { timeout });
    const said = (await this.get('notice').allInnerTexts()).join(' ');
    await expect(this.stage(stage), said).toHaveAttribute('data-state', 'done');
  }

  async setField(path: string, value: number | string): Promise<void> {
    const inDialog = path === 'preset';
    if (inDialog) await this.get('open-recipe').click();
    // In the simple mode most settings are not there.
    else if ((await this.get(`field-${path}`).count()) === 0) await this.get('settings-all').click();
    const field = await this.reveal(`field-${path}`);
    if (await field.evaluate((element) => element instanceof HTMLSelectElement)) {
      await field.selectOption(String(value));
    } else {
      await field.fill(String(value));
      await field.blur();
    }
    if (inDialog) await this.page.keyboard.press('Escape');
  }

  /** Drops a file on the data panel as a person does: with a DataTransfer, on the tab that is open. */
  async drop(split: Split, name: string, content: Buffer | string, type = ''): Promise<void> {
    await this.click(`tab-${split}`);
    await this.dropAt(this.get(`drop-${split}`), [[name, content, type]]);
  }

  /** Drops files anywhere on the page. */
  async dropAt(
    target: Locator,
    files: readonly [name: string, content: Buffer | string, type?: string][],
  ): Promise<void> {
    const encoded = files.map(([name, content, type = '']) => [name, Buffer.from(content).toString('base64'), type]);
    const dataTransfer = await this.page.evaluateHandle((list) => {
      const data = new DataTransfer();
      for (const [name = '', body, type = ''] of list) {
        const bytes = Uint8Array.from(atob(body ?? ''), (character) => character.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      return data;
    }, encoded);
    for (const event of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(event, { dataTransfer });
  }

  async pick(split: Split, name: string, content: string): Promise<void> {
    await this.click(`tab-${split}`);
    await this.get(`file-${split}`).setInputFiles({ name, mimeType: '', buffer: Buffer.from(content) });
  }

  async expectRows(split: Split, count: number): Promise<void> {
    await expect(this.get(`rows-${split}`)).toHaveText(new RegExp(`^${count} rows?$`));
  }

  /** Optimizer steps done, as the page shows them while a stage trains; 0 when it shows none. */
  async step(): Promise<number> {
    const [shown] = await this.get('step').allInnerTexts();
    return shown === undefined ? 0 : Number.parseInt(shown, 10);
  }

  async accuracy(subject: Subject): Promise<{ accuracy: number; rows: number }> {
    const shown = this.get(`accuracy-${subject}`);
    await expect(shown, `${subject} was measured`).toHaveAttribute('data-rows', /\d/);
    const value = async (name: string): Promise<number> => Number(await shown.getAttribute(name));
    return { accuracy: await value('data-accuracy'), rows: await value('data-rows') };
  }

  /** Every answer of the newest evaluation, in the order of the rows: the log as its copy button gives it. */
  async answers(subject: Subject): Promise<string[]> {
    await this.look('log');
    await this.get('log-subject').selectOption(subject);
    await this.get('copy-log').click();
    const log = await this.page.evaluate(() => navigator.clipboard.readText());
    return log.split('\n').filter((line) => line.startsWith('输入：'));
  }
}

/** A page of its own for tests that share one; reading the clipboard needs a permission. */
export async function openStudio(
  browser: Browser,
  baseURL: string | undefined,
  prepare: (page: Page) => Promise<void> = async () => {},
  locale = 'en-US',
): Promise<Studio> {
  const context = await browser.newContext({
    ...(baseURL === undefined ? {} : { baseURL }),
    locale,
    viewport: { width: 1440, height: 1000 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const studio = new Studio(await context.newPage());
  await prepare(studio.page);
  await studio.open();
  return studio;
}
