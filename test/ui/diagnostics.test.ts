// Diagnostics: what is missing here, in words; the kernels that differ; the copied report, and what it must never hold.
import i18next from 'i18next';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { I18nextProvider } from 'react-i18next';
import { describe, expect, it } from 'vitest';
import type { AdapterFacts, Session } from '../../src/store';
import { type BrowserFacts, readBrowser, type Scope } from '../../src/ui/diagnostics/browser';
import { chosenKernels } from '../../src/ui/diagnostics/facts';
import { Lacks } from '../../src/ui/diagnostics/Lacks';
import { lacksOf, lackText } from '../../src/ui/diagnostics/lacks';
import { reportText } from '../../src/ui/diagnostics/report';
import { SelfTestTable } from '../../src/ui/diagnostics/SelfTestTable';
import { selfTestSummary } from '../../src/ui/diagnostics/selfTestWords';
import type { Translate } from '../../src/ui/i18n';
import { en } from '../../src/ui/i18n/en';
import { zh } from '../../src/ui/i18n/zh';
import { started, state } from '../store/bench';
import { checkOf, evaluationOf, facts as fake, selfTestOf } from '../support/fakeEngine';

const dictionaries = { en, zh };

function languageOf(language: 'en' | 'zh') {
  const i18n = i18next.createInstance({
    ...{ lng: language, defaultNS: 'page', initAsync: false, keySeparator: false, nsSeparator: false },
    ...{ resources: { en: { page: en }, zh: { page: zh } }, interpolation: { escapeValue: false } },
  });
  i18n.init();
  return i18n;
}

const tOf = (language: 'en' | 'zh'): Translate => languageOf(language).t;
const t = tOf('en');

const whole: BrowserFacts = {
  ...{ name: 'Chrome 140', system: 'Windows', userAgent: 'Mozilla/5.0', isolated: true, ownFiles: true },
  ...{ directoryPicker: true, wakeLock: true, notifications: 'default' },
  storage: { used: 2 ** 30, quota: 2 ** 36, persisted: true },
};
const card: AdapterFacts = {
  ...fake,
  ...{ software: false, maxBindingBytes: 2 ** 31 - 4, features: ['shader-f16', 'subgroups'] },
};

describe('what is missing', () => {
  const names = (browser: Partial<BrowserFacts>, facts: Partial<AdapterFacts> = {}) =>
    lacksOf({ ...whole, ...browser }, { ...card, ...facts }).map(({ name }) => name);

  it('is nothing on a whole browser and a card', () => {
    expect(names({})).toEqual([]);
    expect(names({ notifications: 'granted', storage: undefined })).toEqual([]);
  });

  it.each([
    [{}, { software: true }, 'software'],
    [{}, { maxBindingBytes: 2 ** 27 }, 'binding'],
    [{}, { features: ['shader-f16'] }, 'subgroups'],
    [{}, { features: ['subgroups'] }, 'f16'],
    [{ ownFiles: false, storage: { used: 0, quota: 1, persisted: false } }, {}, 'ownFiles'],
    [{ storage: { used: 2 ** 30, quota: 2 ** 32, persisted: false } }, {}, 'storage'],
    [{ directoryPicker: false }, {}, 'directoryPicker'],
    [{ isolated: false }, {}, 'isolated'],
    [{ wakeLock: false }, {}, 'wakeLock'],
    [{ notifications: 'none' }, {}, 'notifications'],
    [{ notifications: 'denied' }, {}, 'notificationsBlocked'],
  ] as const)('%o, %o: %s, with a sentence in both languages', (browser, facts, name) => {
    expect(names(browser, facts)).toEqual([name]);
    for (const language of ['en', 'zh'] as const) {
      const [lack] = lacksOf({ ...whole, ...browser }, { ...card, ...facts });
      const said = lackText(tOf(language), lack!);
      expect(said).not.toMatch(/\{\{|^lacks\./);
      expect(said.length).toBeGreaterThan(20);
    }
  });

  it('says what a small binding means for a large model', () => {
    const [lack] = lacksOf(whole, { ...card, maxBindingBytes: 2 ** 27 });
    expect(lackText(t, lack!)).toContain('128 MiB');
    // 3,048 rows of 11,008 values of 4 bytes are 128 MiB.
    expect(lackText(t, lack!)).toContain('at most 3,048 tokens');
  });

  it.each(['en', 'zh'] as const)('is listed, or said to be nothing, in %s', (language) => {
    const shown = (lacks: Parameters<typeof Lacks>[0]['lacks']) =>
      renderToStaticMarkup(
        createElement(I18nextProvider, { i18n: languageOf(language) }, createElement(Lacks, { lacks })),
      );
    expect(shown([])).toContain(dictionaries[language]['lacks.none']);
    expect(shown([{ name: 'f16' }])).toContain(dictionaries[language]['lacks.f16']);
    expect(shown([{ name: 'f16' }])).not.toContain(dictionaries[language]['lacks.none']);
  });
});

describe('the browser', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

  it.each([
    [chrome, 'Chrome 140', 'Linux'],
    [`${chrome.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64')} Edg/141.0.0.0`, 'Edge 141', 'Windows'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:142.0) Gecko/20100101 Firefox/142.0', 'Firefox 142', 'macOS'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
      ...['Safari 26.0', 'macOS'],
    ],
    ['something else', '–', '–'],
  ] as const)('is named: %s', async (userAgent, name, system) => {
    expect(await readBrowser({ navigator: { userAgent } })).toMatchObject({ name, system });
  });

  it('is asked what it has', async () => {
    const storage = {
      estimate: async () => ({ usage: 1, quota: 10 }),
      persisted: async () => true,
      getDirectory: async () => ({}) as FileSystemDirectoryHandle,
    };
    const scope: Scope = {
      ...{ crossOriginIsolated: true, showDirectoryPicker: () => {}, Notification: { permission: 'denied' } },
      navigator: { userAgent: chrome, wakeLock: {}, storage },
    };
    const asked = { isolated: true, directoryPicker: true, wakeLock: true, ownFiles: true, notifications: 'denied' };
    expect(await readBrowser(scope)).toMatchObject({ ...asked, storage: { used: 1, quota: 10, persisted: true } });
    const bare = { isolated: false, directoryPicker: false, wakeLock: false, ownFiles: false, notifications: 'none' };
    expect(await readBrowser({ navigator: { userAgent: chrome } })).toMatchObject({ ...bare, storage: undefined });
    const refusing = { ...storage, getDirectory: () => Promise.reject(new Error('private')) };
    expect(await readBrowser({ navigator: { userAgent: chrome, storage: refusing } })).toMatchObject({
      ownFiles: false,
    });
  });
});

const wrong = checkOf({ variant: 'tiles128', error: 0.25, passed: false });
const refused = checkOf({
  op: 'rope',
  variant: undefined,
  error: Number.NaN,
  passed: false,
  problem: 'out of <memory>',
});

describe('kernels beside their twins', () => {
  const shown = (language: 'en' | 'zh') =>
    renderToStaticMarkup(
      createElement(
        I18nextProvider,
        { i18n: languageOf(language) },
        createElement(SelfTestTable, { checks: [checkOf(), wrong, refused] }),
      ),
    );

  it('are shown with those that differ first, and what to do', () => {
    const markup = shown('en');
    expect([...markup.matchAll(/data-passed="(\w+)"/g)].map(([, passed]) => passed)).toEqual([
      'false',
      'false',
      'true',
    ]);
    expect(markup).toContain('2.5e-1');
    expect(markup).toContain('Choose other matmul kernels than “Tiles of 128” below');
    expect(markup).toContain('The driver says: out of &lt;memory&gt;');
    expect(markup.match(/Choose other/g)).toHaveLength(1);
    expect(shown('zh')).toContain('请在下方改用“128 分块”以外的矩阵乘内核');
  });

  it('are summed up in a sentence', () => {
    const of = (checks: readonly ReturnType<typeof checkOf>[], stopped = false) =>
      selfTestSummary(t, { checks, total: 3, stopped, milliseconds: 2100 });
    expect(of([checkOf(), checkOf(), checkOf()])).toBe('3 of 3 kernels agree with double precision, 2 s.');
    expect(of([checkOf(), wrong, refused])).toMatch(/^2 of 3 kernels differ .* 1 agree, 2 s\. Do not trust/);
    expect(of([checkOf()], true)).toBe('Stopped: the 1 of 3 kernels that were compared agree, 2 s.');
    expect(of([wrong], true)).toMatch(/^Stopped: of the 1 of 3 .* 1 differ and 0 agree/);
  });

  it('that compute are told by what was measured, or forced', () => {
    const timing = { product: 'forward', rows: 8, inputs: 64, outputs: 64 } as const;
    const timings = [
      { ...timing, milliseconds: { registers: 2, tiles64: 1 } },
      { ...timing, rows: 16, milliseconds: { registers: 1, tiles64: 2 } },
      { ...timing, rows: 32, milliseconds: { registers: 1, tiles64: 2 } },
    ];
    const report = { forced: 'automatic', variants: ['registers', 'tiles64'], timings, matrices: false } as const;
    expect(chosenKernels(t, report)).toBe('Registers (2 shapes), Tiles of 64 (1 shapes)');
    expect(chosenKernels(t, { ...report, forced: 'lanes' })).toBe('Lanes, as you chose');
    expect(chosenKernels(t, { ...report, timings: [] })).toBe(en['diagnostics.unmeasured']);
  });
});

describe('the copied report', () => {
  const secrets = {
    row: 'SECRET-ROW',
    model: 'SECRET-MODEL',
    file: 'SECRET-FILE.jsonl',
    folder: '/home/SECRET-PERSON',
    token: 'hf_SECRETTOKEN',
  };

  /** A session with something private in every place that can hold it. */
  async function full(): Promise<Session> {
    const { studio, engine } = await started();
    engine().selfTesting = selfTestOf([checkOf(), wrong]);
    await studio.selfTest();
    const s = state(studio);
    const { teacher } = s.models;
    s.setModel('teacher', { info: { ...teacher.info!, name: secrets.model } });
    const answers = [{ line: 1, question: secrets.row, expected: secrets.row, output: secrets.row, correct: true }];
    s.addEvaluation({ ...evaluationOf('teacher-base', 0, 1, 1), answers, judged: s.recipe });
    s.setData('train', {
      dataset: {
        name: secrets.file,
        examples: [{ line: 1, question: secrets.row, answer: secrets.row, messages: [] }],
        problems: [],
      },
    });
    s.setRecipe({ ...s.recipe, systemPrompt: secrets.row });
    const detail = { name: secrets.file, path: secrets.folder, token: secrets.token };
    s.notify({ code: 'data-load', message: `${secrets.folder} ${secrets.row} ${secrets.token}`, detail });
    s.setHeld('sft', { planned: 3 * 2 ** 20 });
    s.setHeld('sft', { held: { tensors: 2 * 2 ** 20, others: 2 ** 20 } });
    return state(studio);
  }

  it.each(['en', 'zh'] as const)('says everything that helps, in %s, and nothing that is private', async (language) => {
    const words = dictionaries[language];
    const session = await full();
    // Negative control: all of it is in the session.
    for (const secret of Object.values(secrets)) expect(JSON.stringify(session)).toContain(secret);
    const text = reportText(tOf(language), card, { ...whole, isolated: false }, session, new Date(0));
    expect(text).not.toMatch(/SECRET|hf_/);
    expect(text).not.toMatch(/\{\{|undefined|NaN|\[object/);
    const parts = [
      'diagnostics.adapter',
      'diagnostics.browser',
      'lacks.title',
      'diagnostics.kernels',
      'report.models',
    ] as const;
    for (const title of [...parts, 'stageMemory.title', 'selfTest.title', 'report.failures'] as const)
      expect(text).toContain(`## ${words[title]}\n`);
    for (const said of ['fake adapter', 'Chrome 140 · Windows', 'Mozilla/5.0', '1970-01-01', 'qwen2', 'data-load'])
      expect(text).toContain(said);
    expect(text).toContain(words['lacks.isolated']);
    expect(text).toContain(words['selfTest.update']);
    expect(text).toContain('| – | 3.0 MiB | 2.0 MiB | 1.0 MiB |');
    expect(text).toContain(`| 37 × 96 → 100 | 2.5e-1 | 1e-5 | ${words['selfTest.differs']} |`);
  });

  it('says what is not known yet', async () => {
    const { studio } = await started();
    const text = reportText(t, card, undefined, state(studio), new Date(0));
    expect(text).toContain(en['report.untested']);
    expect(text).not.toContain(en['lacks.title']);
  });
});
