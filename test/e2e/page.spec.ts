/** The page before anything runs: what it shows, how it fits, and what it says when it cannot work. */
import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { range, sumRows } from './rows';
import { Studio } from './studio';
import { test } from './watched';

test.describe('the page', () => {
  let studio: Studio;

  test.beforeEach(async ({ page }) => {
    studio = new Studio(page);
    await studio.open();
  });

  test('shows the GPU, the demo pair and its rows', async ({ page }) => {
    await expect(page).toHaveTitle('Distillery');
    await expect(studio.get('gpu')).toHaveAttribute('data-state', 'open');
    await expect(studio.get('gpu')).toContainText(/swiftshader/i);
    await expect(studio.get('model-teacher')).toContainText('teacher');
    await expect(studio.get('model-student')).toContainText('student');
    await studio.expectRows('train', 2700);
    await studio.click('tab-test');
    await studio.expectRows('test', 290);
    await expect(studio.get('rows-table')).toContainText('王大丫丫的回答是--->');
    await expect(studio.get('notice')).toHaveCount(0);
    await expect(studio.get('problems')).toHaveCount(0);
  });

  test('says what is being loaded as what it is', async ({ page }) => {
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route('**/*.safetensors', async (route) => {
      await gate;
      await route.continue();
    });
    await page.reload();
    await expect(studio.get('station-models')).toContainText('Loading');
    go();
    await expect(studio.get('station-models')).toContainText('teacher → student');
  });

  test('asks no other server for anything', async ({ page, baseURL }) => {
    const strangers: string[] = [];
    page.on('request', (request) => {
      const address = request.url();
      if (!address.startsWith(baseURL ?? '') && !/^(blob|data):/.test(address)) strangers.push(address);
    });
    await page.reload();
    await studio.expectStage('baseline', 'idle');
    expect(strangers).toEqual([]);
  });

  test('says what the adapter can do, and remembers which kernels a person wants', async ({ page }) => {
    const open = async () => {
      await studio.look('diagnostics');
      await expect(studio.get('kernels')).toBeEnabled();
    };
    await open();
    await expect(studio.get('diagnostics')).toContainText(/swiftshader/i);
    await expect(studio.get('diagnostics')).toContainText('maxStorageBufferBindingSize');
    await expect(studio.get('kernels')).toHaveValue('automatic');
    await studio.get('kernels').selectOption('tiles64');
    await expect(studio.get('kernels')).toHaveValue('tiles64');
    await page.reload();
    await studio.expectStage('baseline', 'idle');
    await open();
    await expect(studio.get('kernels')).toHaveValue('tiles64');
    await studio.get('kernels').selectOption('automatic');
    await studio.click('measure-kernels');
    await expect(studio.get('kernel-times').locator('tbody tr').first()).toContainText('ms', { timeout: 120_000 });
  });

  test('blocks the stages that need an earlier one', async () => {
    for (const stage of ['baseline', 'sft', 'control'] as const) await studio.expectStage(stage, 'idle');
    for (const stage of ['merge', 'distill', 'evaluate'] as const) {
      await studio.expectStage(stage, 'blocked');
      await expect(studio.get(`run-${stage}`)).toBeDisabled();
    }
  });

  test('plans the memory of every stage, follows the settings, and asks before a start that does not fit', async ({
    page,
  }) => {
    const bytes = async (stage: string) => Number(await studio.get(`memory-${stage}`).getAttribute('data-bytes'));
    await expect(studio.get('memory-verdict')).toHaveAttribute('data-verdict', 'fits');
    for (const stage of ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'] as const)
      expect(await bytes(stage), stage).toBeGreaterThan(0);
    const before = { sft: await bytes('sft'), distill: await bytes('distill') };
    await studio.setField('sft.batchSize', 64);
    await expect.poll(() => bytes('sft')).toBeGreaterThan(1.5 * before.sft);
    expect(await bytes('distill')).toBe(before.distill);
    // The parts of the stage in sight are the whole of it.
    const parts = await studio.get('memory-uses').locator('[data-bytes]').all();
    const sizes = await Promise.all(parts.map(async (part) => Number(await part.getAttribute('data-bytes'))));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(await bytes('sft'));

    await (await studio.reveal('card-memory')).fill('0.05');
    await expect(studio.get('memory-verdict')).toHaveAttribute('data-verdict', 'exceeds');
    await expect(studio.get('memory-hint')).toContainText('batch size 32 instead of 64');
    await expect(await studio.reveal('memory-warning-sft')).toBeVisible();
    await expect(studio.get('memory-warning-baseline')).toHaveCount(0);
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.message());
      dialog.dismiss();
    });
    await studio.click('run-sft');
    await studio.get('run-all').click();
    expect(asked.map((text) => text.startsWith('SFT would hold'))).toEqual([true, true]);
    await studio.expectStage('sft', 'idle');
    await (await studio.reveal('card-memory')).fill('24');
    await expect(studio.get('memory-verdict')).toHaveAttribute('data-verdict', 'fits');
  });

  test('speaks English and Chinese, and remembers which', async ({ page }) => {
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(studio.stage('distill')).toContainText('Distil');
    await studio.get('language').click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
    await expect(studio.stage('distill')).toContainText('蒸馏');
    await studio.get('station-merge').click();
    await page.reload();
    await expect(studio.stage('distill')).toContainText('蒸馏');
    // And where it was.
    await expect(studio.get('at-merge')).toBeVisible();
    await studio.get('language').click();
    await expect(studio.stage('distill')).toContainText('Distil');
  });

  test('says what every judge counts as right, in both languages', async () => {
    const definition = studio.get('judge-definition');
    for (const [judge, english, chinese] of [
      ['sum', 'exactly two numbers', '恰好是两个数'],
      ['sum-lenient', 'as many as there are', '个数不限'],
      ['exact', 'character for character', '逐字相同'],
      ['contains', 'somewhere in the answer', '某处出现'],
      // Not yet the recipe's: it waits for its pattern.
      ['regex', 'the pattern is found', '能找到该表达式'],
    ] as const) {
      await studio.setField('judge', judge);
      await expect(definition).toContainText(english);
      await studio.get('language').click();
      await expect(definition).toContainText(chinese);
      await studio.get('language').click();
    }
    await expect(studio.get('judged-by')).toHaveCount(0);
  });

  test('fits narrow and wide windows in both languages', async ({ page }) => {
    await (await studio.reveal('hub')).locator('summary').click();
    await studio.get('settings-all').click();
    for (const language of ['en', 'zh-CN']) {
      for (const width of [390, 768, 1024, 1440]) {
        await page.setViewportSize({ width, height: 844 });
        for (const station of ['data', 'models', 'sft', 'merge', 'distill']) {
          await studio.get(`station-${station}`).click();
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect(overflow, `${language}, ${station}, ${width} px`).toBeLessThanOrEqual(0);
        }
      }
      await studio.get('language').click();
    }
  });

  test('says which setting cannot be used, and starts nothing with it', async () => {
    const note = studio.page.locator('[id="field-sft.learningRate-note"]');
    await studio.setField('sft.learningRate', '-1');
    await expect(note).toContainText('Enter a number above 0');
    await studio.expectStage('sft', 'blocked');
    await studio.setField('sft.learningRate', '0.001');
    await expect(note).not.toContainText('Enter a number above 0');
    await studio.expectStage('sft', 'idle');
  });

  test('learns no padding where there is none, and says so of a recipe that would', async ({ page }) => {
    const note = studio.get('padding-note');
    await studio.get('settings-all').click();
    const padding = await studio.reveal('field-lengths.labelPadding');
    await expect(padding).toBeDisabled();
    await expect(note).toHaveText(/^Needs an answer length/);
    await studio.setField('lengths.answer', 20);
    await expect(note).toHaveCount(0);
    await padding.check();
    await studio.setField('lengths.answer', 0);
    await expect(note).toHaveText(/so it does nothing/);
    await padding.uncheck();
    await expect(padding).toBeDisabled();

    // Of a file, at once and at its field, which is in sight among the simple ones too.
    await studio.get('settings-simple').click();
    await expect(padding).toHaveCount(0);
    await studio.get('open-recipe').click();
    const buffer = Buffer.from(JSON.stringify({ lengths: { labelPadding: true } }));
    await studio.get('import-recipe').setInputFiles({ name: 'vain.json', mimeType: '', buffer });
    await expect(studio.get('recipe-taken')).toHaveText(/vain\.json.*“Learn the padding” is on.*so it does nothing/);
    await expect(padding).toBeChecked();
    await padding.click();
    await expect(padding).toHaveCount(0);
    await expect(studio.get('recipe-taken')).toHaveText(/^((?!padding).)*$/);
    await expect(page.getByTestId('notice')).toHaveCount(0);
  });

  test('says when the rows are too few for the warm-up, in each group that it concerns', async () => {
    const hint = { sft: studio.get('warmup-hint-sft'), distill: studio.get('warmup-hint-distill') };
    await expect(hint.sft).toHaveCount(0);
    await studio.drop('train', 'few.jsonl', sumRows(range(2000, 8)));
    // In sight although it stands among the settings that the simple mode does not show.
    await studio.reveal('warmup-hint-sft');
    await expect(hint.sft).toBeVisible();
    await expect(hint.sft).toContainText('Only 1 step in all, and 11 of warm-up');
    await studio.reveal('warmup-hint-distill');
    await expect(hint.distill).toBeVisible();
    await studio.setField('sft.epochs', 11);
    await expect(hint.sft).toContainText('Only 11 steps in all, and 11 of warm-up');
    await studio.setField('sft.epochs', 12);
    await expect(hint.sft).toHaveCount(0);
    await expect(hint.distill).toHaveCount(1);
    await studio.setField('distill.warmupSteps', 0);
    await expect(hint.distill).toHaveCount(0);
  });
});

test.describe('a model folder', () => {
  const file = (name: string, text: string) => ({ name, mimeType: '', buffer: Buffer.from(text) });
  const tokenizer = [file('tokenizer.json', '{}'), file('tokenizer_config.json', '{}')];
  const gpt2 = [...tokenizer, file('config.json', '{"model_type": "gpt2"}'), file('model.safetensors', '')];
  const demo = (name: string) => ({ ...file(name, ''), buffer: readFileSync(`public/models/teacher/${name}`) });
  const described = ['tokenizer.json', 'tokenizer_config.json', 'config.json'].map(demo);
  const weights = demo('model.safetensors');
  const cut = { ...weights, buffer: weights.buffer.subarray(0, weights.buffer.length - 1000) };
  const lying = {
    ...weights,
    buffer: Buffer.from(weights.buffer.toString('latin1').replace('BF16', 'F128'), 'latin1'),
  };
  const wrong: [what: string, files: typeof gpt2, sentence: RegExp][] = [
    ['with weights cut short', [...described, cut], /model\.safetensors.*(cut|short|end)/i],
    ['with weights of a lying header', [...described, lying], /model\.safetensors/],
    ['of another architecture', gpt2, /gpt2/],
    ['without a model', [file('notes.txt', 'hello')], /config\.json/],
  ];
  for (const [what, files, sentence] of wrong) {
    test(`${what} is refused, and the model before it stays`, async ({ page }) => {
      const studio = new Studio(page);
      await studio.open();
      const input = studio.get('folder-teacher');
      // The picker gives folders; a test can only give files.
      await input.evaluate((element) => element.removeAttribute('webkitdirectory'));
      await input.evaluate((element) => element.setAttribute('multiple', ''));
      await input.setInputFiles(files);
      await expect(studio.get('notice')).toContainText(sentence);
      await expect(studio.get('model-teacher')).toContainText('teacher');
      await studio.expectStage('baseline', 'idle');
    });
  }
});

// The engine lives in a worker, which init scripts do not reach: the worker's own file is changed on the way.
test.describe('without', () => {
  const broken: [what: string, reason: string, script: string][] = [
    ['WebGPU', 'no-webgpu', `Object.defineProperty(Object.getPrototypeOf(navigator), 'gpu', { value: undefined });`],
    ['a graphics adapter', 'no-adapter', `if (navigator.gpu) navigator.gpu.requestAdapter = async () => null;`],
  ];
  for (const [what, reason, script] of broken) {
    test(`${what} the page says what to do`, async ({ page }) => {
      await page.addInitScript(script);
      await page.route(/\/worker[^/]*\.js$/, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: `${script}\n${await response.text()}` });
      });
      const studio = new Studio(page);
      await page.goto('./');
      await expect(studio.get('no-gpu')).toHaveAttribute('data-reason', reason);
      await expect(studio.get('no-gpu')).toContainText('Chrome');
      await studio.expectStage('baseline', 'blocked');
      await expect(studio.get('run-baseline')).toBeDisabled();
      await expect(studio.get('run-all')).toBeDisabled();
      await studio.look('diagnostics');
      await expect(studio.get('diagnostics')).toContainText('Chrome');
      await expect(studio.get('copy-diagnostics')).toBeEnabled();
    });
  }
});
