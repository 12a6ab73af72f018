/** A written model at the last station: checked by the second engine, green and red, and tried in transformers.js, here and elsewhere. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { entriesOf } from '../support/zip';
import { openFewRows } from './fewRows';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

const ROWS = 5;
let studio: Studio;
const elsewhere: string[] = [];

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
  studio.page.on('request', (request) => {
    const own = request.url().startsWith(baseURL!) || /^(blob|data):/.test(request.url());
    if (!own) elsewhere.push(request.url());
  });
  // Colours that change slowly would be measured on their way.
  await studio.page.emulateMedia({ reducedMotion: 'reduce' });
  await openFewRows(studio, { tests: ROWS, maxNewTokens: 24 });
  await studio.run('sft');
  await studio.run('merge');
  await studio.click('station-takeHome');
});

test.afterAll(async () => {
  await studio.page.context().close();
});

const item = (name: string) => studio.page.locator(`[data-testid=exported][data-name="${name}"]`);
const verdict = (name: string) => item(name).getByTestId('check-verdict');
const badge = (name: string, form: string) => item(name).getByTestId('check-badges').locator(`[data-form=${form}]`);

/** By keyboard alone. */
const open = (name: string, part: 'check' | 'try') =>
  item(name).getByTestId(`export-${part}`).locator('summary').first().press('Enter');

/** What axe finds against WCAG 2.1 AA in the station, in both themes. */
async function violations(): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await studio.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations: all } = await new AxeBuilder({ page: studio.page })
      .include('[data-testid=at-takeHome]')
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'])
      .analyze();
    found.push(
      ...all.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${colorScheme} ${id}: ${target.join(' ')}`)),
    );
  }
  return found;
}

/** Presses a button the moment it is there. */
async function pressWhenThere(name: string, id: string): Promise<void> {
  await item(name).evaluate((place, id) => {
    const press = (): void => {
      const button = place.querySelector<HTMLElement>(`[data-testid=${id}]`);
      if (!button) return;
      observer.disconnect();
      button.click();
    };
    const observer = new MutationObserver(press);
    observer.observe(place, { subtree: true, childList: true });
  }, id);
}

async function write(name: string, forms: readonly string[]): Promise<void> {
  await studio.get('export-name').fill(name);
  for (const form of ['onnx-fp32', 'onnx-fp16', 'onnx-q4'])
    await studio.get(`export-form-${form}`).setChecked(forms.includes(form));
  await studio.get('export').click();
  await expect(item(name)).toBeVisible();
}

test('what was written is checked at once, form by form, and says so', async () => {
  await write('sums', ['onnx-fp32', 'onnx-fp16', 'onnx-q4']);
  await expect(badge('sums', 'fp32')).toHaveAttribute('data-verdict', 'agrees', { timeout: 120_000 });
  await expect(badge('sums', 'fp32')).toContainText(`${ROWS} of ${ROWS}`);
  await expect(badge('sums', 'fp16')).toHaveAttribute('data-verdict', 'agrees', { timeout: 120_000 });
  await expect(badge('sums', 'q4')).toHaveAttribute('data-verdict', 'measured', { timeout: 120_000 });
  await expect(studio.get('check-made')).toContainText(`${ROWS} of ${ROWS}`);
  // Negative control: nothing is known of one that nobody has checked.
  await studio.get('check-after').uncheck();
  await write('plain', ['onnx-fp32']);
  await expect(item('plain').getByTestId('check-badges')).toContainText('not checked yet');
});

test('the check is green in fp32: both accuracies, the difference beside what is allowed, and every row', async () => {
  const panel = item('sums');
  await panel.getByTestId('check-form').selectOption('fp32');
  await panel.getByTestId('check-runtime').selectOption('transformers.js');
  await panel.getByTestId('check-rows').selectOption('number');
  await panel.getByTestId('check-rows-count').fill(String(ROWS + 1));
  await expect(panel.getByTestId('check-start')).toBeDisabled();
  await panel.getByTestId('check-rows-count').fill('4');
  await panel.getByTestId('check-start').click();
  await expect(verdict('sums')).toContainText('transformers.js', { timeout: 120_000 });
  await expect(verdict('sums')).toHaveAttribute('data-verdict', 'agrees');
  await expect(verdict('sums')).toHaveRole('status');
  for (const side of ['check-ours', 'check-second'])
    await expect(panel.getByTestId(side)).toHaveAttribute('data-rows', '4');
  expect(Number(await panel.getByTestId('check-largest').getAttribute('data-largest'))).toBeLessThan(1e-4);
  await expect(panel.getByTestId('check-largest')).toContainText(/[1-9]\.\de-4 is allowed/);
  await expect(panel.getByTestId('check-table')).toHaveAttribute('data-rows', '4');
  await panel.getByTestId('check-filter').selectOption('different');
  await expect(panel).toContainText('No answer differs.');
  await panel.getByTestId('check-form').selectOption('q4');
  await expect(verdict('sums')).toHaveAttribute('data-verdict', 'measured');
  await expect(panel.getByTestId('check-ours')).toHaveAttribute('data-accuracy', /\d/);
  await expect(panel.getByTestId('check-lacks')).toHaveCount(0);
  // The software adapter has no 16-bit arithmetic.
  await panel.getByTestId('check-form').selectOption('fp16');
  await expect(panel.getByTestId('check-lacks')).toContainText('shader-f16');
  await expect(panel.getByTestId('check-backend').locator('option[value=webgpu]')).toBeDisabled();
  expect(await violations()).toEqual([]);
});

test('while it is checked nothing else starts; it can be stopped', async () => {
  const panel = item('sums');
  await expect(verdict('sums')).toContainText(`${ROWS} test rows`);
  await panel.getByTestId('check-rows-count').fill('2');
  const locked = studio.page.evaluate(
    () =>
      new Promise((resolve) => {
        const write = document.querySelector<HTMLButtonElement>('[data-testid=export]');
        const observer = new MutationObserver(() => write?.disabled && resolve(true));
        observer.observe(document.body, { subtree: true, attributeFilter: ['disabled'] });
      }),
  );
  await pressWhenThere('sums', 'check-stop');
  await panel.getByTestId('check-start').click();
  expect(await locked).toBe(true);
  await expect(studio.get('export')).toBeEnabled();
  await expect(panel.getByTestId('check-start')).toBeEnabled();
  // Before its first row nothing was learnt: what was known before stays.
  await expect(verdict('sums')).toContainText(`${ROWS} test rows`);
});

test('a spoilt folder is red, with its reasons and the first token that differs', async () => {
  await write('spoilt', ['onnx-fp32']);
  await studio.page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await (await root.getDirectoryHandle('exports')).getDirectoryHandle('spoilt');
    const file = await (await folder.getDirectoryHandle('onnx')).getFileHandle('model.onnx_data');
    const { size } = await file.getFile();
    const writable = await file.createWritable({ keepExistingData: true });
    // The exponents of some weights in the last layers.
    for (let at = Math.floor(size / 2); at < size / 2 + 4000; at += 4)
      await writable.write({ type: 'write', position: at - (at % 4) + 3, data: new Uint8Array([0x40]) });
    await writable.close();
  });
  await open('spoilt', 'check');
  await item('spoilt').getByTestId('check-start').click();
  await expect(verdict('spoilt')).toHaveAttribute('data-verdict', 'disagrees', { timeout: 120_000 });
  await expect(verdict('spoilt')).toHaveRole('alert');
  await expect(verdict('spoilt')).toContainText(/On 5 of 5 rows the logits/);
  await expect(badge('spoilt', 'fp32')).toHaveAttribute('data-verdict', 'disagrees');
  const parting = item('spoilt').locator('[data-testid=check-parting][data-tie]').first();
  await expect(parting).toHaveAttribute('data-tie', 'false');
  await expect(item('spoilt').locator('mark').first()).toBeVisible();
  expect(await violations()).toEqual([]);
});

const question = '2113';
let greedy = '';

test('a model is tried in transformers.js: it answers as the studio does, stops, and is closed', async () => {
  await studio.look('talk');
  await studio.get('talk-question').fill(question);
  await studio.get('talk-question').press('Enter');
  const ours = studio.get('answer-teacher-merged').last();
  await expect(ours).toHaveAttribute('data-state', /^(end|length)$/);
  greedy = await ours.getByTestId('answer-text').innerText();
  expect(greedy).toMatch(/\S{4}/);
  const panel = item('sums');
  await open('sums', 'try');
  await panel.getByTestId('try-open').click();
  await expect(panel.getByTestId('try-panel')).toHaveAttribute('data-state', 'open', { timeout: 120_000 });
  await panel.getByTestId('try-maxNewTokens').fill('256');
  await panel.getByTestId('try-question').fill(question);
  await panel.getByTestId('try-question').press('Enter');
  const answer = panel.getByTestId('answer-student-try').last();
  await expect(answer).toHaveAttribute('data-state', /^(end|length)$/, { timeout: 120_000 });
  await expect(answer.getByTestId('answer-text')).toHaveText(greedy);
  await expect(answer).toContainText(/\d+ tokens · [\d.,]+ tokens\/s/);
  expect(await violations()).toEqual([]);
  await studio.page.setViewportSize({ width: 360, height: 800 });
  expect(await studio.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await studio.page.setViewportSize({ width: 1440, height: 1000 });
  await pressWhenThere('sums', 'try-stop');
  await panel.getByTestId('try-question').fill(question);
  await panel.getByTestId('try-send').click();
  await expect(panel.getByTestId('answer-student-try').last()).toHaveAttribute('data-state', 'stopped');
  const workers = studio.page.workers().length;
  await panel.getByTestId('try-close').click();
  await expect(panel.getByTestId('try-panel')).toHaveAttribute('data-state', 'closed');
  await expect.poll(() => studio.page.workers().length).toBeLessThan(workers);
  // Closed while it loads.
  await panel.getByTestId('try-open').click();
  await panel.getByTestId('try-cancel').click();
  await expect(panel.getByTestId('try-open')).toBeVisible();
  expect(elsewhere).toEqual([]);
});

/** The written model as it is on the disk of whoever has taken it home. */
async function takenHome(): Promise<Map<string, Buffer>> {
  await studio.page.evaluate(() => Object.assign(window, { showSaveFilePicker: undefined }));
  const [download] = await Promise.all([
    studio.page.waitForEvent('download'),
    item('sums').getByTestId('export-zip').click(),
  ]);
  return entriesOf(readFileSync(await download.path()));
}

test('the snippets give the same answer elsewhere: in Node, and in a page of another server', async ({ page }) => {
  const panel = item('sums');
  const files = await takenHome();
  const snippet = (where: string) => panel.getByTestId(`snippet-${where}`).innerText();
  await panel.getByTestId('snippet-copy-node').click();
  expect(await studio.page.evaluate(() => navigator.clipboard.readText())).toBe(await snippet('node'));
  /** The first test row is what a snippet asks while nothing was said. */
  const asking = (text: string) => text.replace('"2007"', JSON.stringify(question));
  expect(asking(await snippet('node'))).toContain(question);

  const folder = mkdtempSync(join('test-results', 'snippet-'));
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  writeFileSync(join(folder, 'ask.mjs'), asking(await snippet('node')));
  const node = spawnSync('node', ['ask.mjs'], { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  rmSync(folder, { recursive: true });
  expect(node.stdout.trim(), node.stderr).toBe(greedy);

  // The library as the CDN has it, and a server with the folder: nothing else answers.
  const asked = await serve(page, files, `<!doctype html>${asking(await snippet('browser'))}`);
  const said = page.waitForEvent('console', { predicate: (message) => message.type() === 'log', timeout: 120_000 });
  await page.goto('https://home.test/ask.html');
  expect((await said).text()).toBe(greedy);
  expect(asked.filter((url) => url.startsWith('https://home.test/models/sums/onnx/'))).toHaveLength(2);
  await panel.getByTestId('snippet-from').selectOption('hub');
  expect(await snippet('browser')).toContain("'owner/sums'");
});

/** The addresses that were asked for. */
async function serve(page: Page, files: ReadonlyMap<string, Buffer>, html: string): Promise<readonly string[]> {
  const asked: string[] = [];
  const cdn = 'https://cdn.jsdelivr.net/npm/';
  const transformers = `${cdn}@huggingface/transformers@4`;
  const bodyOf = (url: string): Buffer | string | undefined => {
    if (url === 'https://home.test/ask.html') return html;
    if (url === transformers) return readFileSync('node_modules/@huggingface/transformers/dist/transformers.min.js');
    const runtime = /onnxruntime-web@[^/]+(\/dist\/.*)$/.exec(url.slice(cdn.length));
    if (url.startsWith(cdn) && runtime) return readFileSync(`node_modules/onnxruntime-web${runtime[1]}`);
    return files.get(url.replace('https://home.test/models/', ''));
  };
  await page.route('**/*', (route) => {
    const url = route.request().url();
    asked.push(url);
    const body = bodyOf(url);
    if (body === undefined) return route.fulfill({ status: 404 });
    const contentType = /ask\.html$/.test(url)
      ? 'text/html'
      : /\.wasm$/.test(url)
        ? 'application/wasm'
        : 'text/javascript';
    return route.fulfill({ body, contentType, headers: { 'Access-Control-Allow-Origin': '*' } });
  });
  return asked;
}
