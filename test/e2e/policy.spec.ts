/** What the page may do, with a host's headers and without any: its policy, its isolation, and whom it speaks with. */
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { headersOf, rules } from '../../src/serviceWorker/headers';
import { startFakeHub } from '../support/fakeHub';
import { builtPage, startSite } from '../support/site';
import { openFewRows } from './fewRows';
import { Studio } from './studio';
import { refusedSoFar, test } from './watched';

/** Things that no page of ours has a use for, each tried as a stranger's script would. */
const attempts: Readonly<Record<string, () => unknown>> = {
  'inline script': () => {
    const script = document.createElement('script');
    script.append('window.inline = true');
    document.body.append(script);
  },
  // At a time of its own: what a test evaluates is free of the policy.
  eval: () => setTimeout(() => Reflect.construct(Function, ['window.evaluated = true'])()),
  'inline handler': () => document.body.setAttribute('onclick', 'window.clicked = true'),
  'inline style': () => document.body.setAttribute('style', 'color: red'),
  markup: () => document.body.insertAdjacentHTML('beforeend', '<b>text</b>'),
  'script from elsewhere': () =>
    document.body.append(Object.assign(document.createElement('script'), { src: 'https://example.test/x.js' })),
  'worker by name': () => new Worker('assets/any.js'),
  'worker from a blob': () => new Worker(URL.createObjectURL(new Blob(['']))),
  'another policy': () =>
    (trustedTypes as unknown as { createPolicy(name: string, rules: object): void }).createPolicy('other', {}),
  request: () => fetch('https://example.test/'),
  beacon: () => navigator.sendBeacon('https://example.test/', 'text'),
  socket: () => new WebSocket('wss://example.test/'),
  picture: () => Object.assign(new Image(), { src: 'https://example.test/x.png' }),
  frame: () => document.body.append(Object.assign(document.createElement('iframe'), { src: 'https://example.test/' })),
  base: () => document.head.append(Object.assign(document.createElement('base'), { href: 'https://example.test/' })),
  form: () => {
    const form = Object.assign(document.createElement('form'), { action: 'https://example.test/' });
    document.body.append(form);
    form.submit();
  },
};

/** Which of them the page's policy refused, by the event that the browser sends for each. */
async function refusals(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [name, attempt] of Object.entries(attempts)) {
    const event = page.evaluate(
      () =>
        new Promise<boolean>((resolve) =>
          addEventListener('securitypolicyviolation', () => resolve(true), { once: true }),
        ),
    );
    await page.evaluate(attempt).catch(() => {});
    if (await event) found.push(name);
  }
  const done = await page.evaluate(() => ['inline', 'evaluated', 'clicked'].filter((name) => name in window));
  expect(done).toEqual([]);
  return found;
}

const isolated = (page: Page) =>
  Promise.all([page, ...page.workers()].map((place) => (place as Page).evaluate(() => crossOriginIsolated)));

test('what npm start sends: everything that a page can be refused, and isolation', async ({ page, baseURL }) => {
  const studio = new Studio(page);
  const answer = await page.goto('./');
  await studio.expectStage('sft', 'idle');
  const sent = await answer!.headersArray();
  for (const [name, values] of headersOf('/'))
    expect(sent.filter((one) => one.name.toLowerCase() === name.toLowerCase()).map(({ value }) => value)).toEqual(
      values,
    );
  expect(await isolated(page)).toEqual([true, true]);
  expect(await refusals(page)).toEqual(Object.keys(attempts));
  expect(refusedSoFar().length).toBeGreaterThanOrEqual(Object.keys(attempts).length);
  // Nobody puts the page into a frame; the page of the test is of another origin.
  await page.route('https://other.test/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<iframe src="${baseURL}"></iframe>` }),
  );
  await page.goto('https://other.test/');
  await expect.poll(() => page.frames().at(-1)?.url()).toMatch(/^chrome-error:/);
  refusedSoFar();
});

test('no policy names what would open it, and the file for hosts holds the same', () => {
  const policies = rules.map(({ headers }) => headers['Content-Security-Policy'] ?? '');
  const meta = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(
    readFileSync('dist/index.html', 'utf8'),
  )?.[1];
  for (const policy of [...policies, meta ?? '']) {
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|data:|strict-dynamic|\*/);
    expect(policy).toContain('connect-src');
  }
  expect(readFileSync('dist/_headers', 'utf8').match(/Content-Security-Policy: .*/g)).toEqual(
    policies.map((policy) => `Content-Security-Policy: ${policy}`),
  );
});

test('a host that sends no header: the page works, without isolation and under the policy that it brings', async ({
  page,
}) => {
  const site = await startSite(builtPage(), '/any/folder/', true);
  const studio = new Studio(page);
  await page.goto(site.address);
  await studio.expectStage('sft', 'idle');
  expect(await isolated(page)).toEqual([false, false]);
  await openFewRows(studio);
  await studio.run('sft');
  await studio.run('merge');
  await takeHome(studio, 'bare');
  expect(refusedSoFar()).toEqual([]);
  expect(await refusals(page)).toEqual(Object.keys(attempts));
  expect(refusedSoFar().length).toBeGreaterThanOrEqual(Object.keys(attempts).length);
  await site.goAway();
});

test('from the second visit on, the service worker adds what such a host leaves out', async ({ playwright }, {
  project,
}) => {
  const site = await startSite(builtPage(), '/any/folder/', true);
  // An ordinary test context is a private window.
  const context = await playwright.chromium.launchPersistentContext('', {
    ...project.use.launchOptions,
    serviceWorkers: 'allow',
  });
  const studio = new Studio(context.pages()[0]!);
  await studio.page.goto(site.address);
  await studio.expectStage('sft', 'idle');
  await expect(studio.get('offline')).toHaveAttribute('data-kept', 'all');
  expect(await isolated(studio.page)).toEqual([false, false]);
  expect(await evaluates(studio.page)).toBe(true);

  await studio.page.reload();
  await studio.expectStage('sft', 'idle');
  expect(await isolated(studio.page)).toEqual([true, true]);
  expect(await evaluates(studio.page)).toBe(false);
  await expect.poll(() => refusedSoFar().join()).toContain('of a worker: require-trusted-types-for');
  await openFewRows(studio);
  await studio.run('sft');
  await studio.run('merge');
  await takeHome(studio, 'isolated');
  await context.close();
  await site.goAway();
});

/** Whether text becomes code in the engine's worker; at a time of its own, as above. */
function evaluates(page: Page): Promise<boolean> {
  const [engine] = page.workers();
  return engine!.evaluate(
    () =>
      new Promise<boolean>((resolve) => {
        setTimeout(() => {
          try {
            resolve(Reflect.construct(Function, ['return true'])());
          } catch {
            resolve(false);
          }
        });
      }),
  );
}

/** Written as ONNX, checked by the second engine, and asked something in transformers.js. */
async function takeHome(studio: Studio, name: string): Promise<void> {
  await studio.click('station-takeHome');
  await studio.get('export-name').fill(name);
  await studio.get('export-form-onnx-fp32').check();
  await studio.get('export').click();
  const item = studio.page.locator(`[data-testid=exported][data-name="${name}"]`);
  await expect(item.getByTestId('check-badges').locator('[data-form=fp32]')).toHaveAttribute('data-verdict', 'agrees', {
    timeout: 120_000,
  });
  await item.getByTestId('export-try').locator('summary').first().click();
  await item.getByTestId('try-open').click();
  await expect(item.getByTestId('try-panel')).toHaveAttribute('data-state', 'open', { timeout: 120_000 });
  await item.getByTestId('try-question').fill('2631');
  await item.getByTestId('try-question').press('Enter');
  await expect(item.getByTestId('answer-student-try').last()).toHaveAttribute('data-state', /^(end|length)$/, {
    timeout: 60_000,
  });
}

test('a whole run speaks with nobody but its own server, until a Hub is named', async ({ page, context, baseURL }) => {
  const [hub, elsewhere] = [await startFakeHub(), [] as string[]];
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'blob:' && origin !== new URL(baseURL!).origin) elsewhere.push(origin);
  });
  const studio = new Studio(page);
  await studio.open();
  await openFewRows(studio);
  for (const stage of ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'] as const) await studio.run(stage);
  for (const view of ['talk', 'tokens', 'log', 'diagnostics', 'compare', 'live'] as const) await studio.look(view);
  await takeHome(studio, 'mine');
  await studio.get('language').click();
  expect(elsewhere).toEqual([]);
  // Negative control: whoever watches sees the Hub that a person names, and it alone.
  await studio.get('hub').evaluate((element) => element.setAttribute('open', ''));
  await (await studio.reveal('hub-endpoint')).fill(hub.endpoint);
  await (await studio.reveal('hub-model')).fill('owner/name');
  await studio.click('hub-find');
  await expect(studio.get('notice')).toBeVisible();
  expect(new Set(elsewhere)).toEqual(new Set([hub.endpoint]));
  // Of the two workers, the one that runs exported models could not even if it wanted to.
  const reaches = (path: RegExp) =>
    page
      .workers()
      .find((worker) => path.test(worker.url()))!
      .evaluate(
        (address) =>
          fetch(address).then(
            () => true,
            () => false,
          ),
        hub.endpoint,
      );
  expect(await reaches(/\/second\//)).toBe(false);
  expect(await reaches(/\/assets\/worker-/)).toBe(true);
  await expect.poll(() => refusedSoFar().join()).toContain('of a worker: connect-src');
  await hub.close();
});

// Negative controls of every other test here: a page and a worker that ask for too much fail theirs.
test('a page that is refused something fails its test', async ({ page }) => {
  test.fail();
  await new Studio(page).open();
  await page.evaluate(attempts['inline style']!);
});

test('a worker that is refused something fails its test', async ({ page }) => {
  test.fail();
  await new Studio(page).open();
  const [engine] = page.workers();
  const said = page.waitForEvent('console');
  await engine!.evaluate(() => setTimeout(() => new WebSocket('wss://example.test/')));
  await said;
});
