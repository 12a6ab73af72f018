// The wish for units for matrices: shown where they are offered, in both languages, and which kernels are named beside it.
import i18next from 'i18next';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { I18nextProvider } from 'react-i18next';
import { describe, expect, it } from 'vitest';
import { type AdapterFacts, type KernelReport, matmulKernels } from '../../src/store';
import { choosable, variantsOf } from '../../src/ui/diagnostics/kernelNames';
import { MatrixUnits } from '../../src/ui/diagnostics/MatrixUnits';
import { en } from '../../src/ui/i18n/en';
import { zh } from '../../src/ui/i18n/zh';

const dictionaries = { en, zh };

/** The page's markup, in one of its languages. */
function shown(state: AdapterFacts['matrices'], wished: boolean | undefined, language: 'en' | 'zh' = 'en'): string {
  const i18n = i18next.createInstance({
    ...{ lng: language, defaultNS: 'page', initAsync: false, keySeparator: false, nsSeparator: false },
    resources: { en: { page: en }, zh: { page: zh } },
  });
  i18n.init();
  const switched = createElement(MatrixUnits, { state, wished, disabled: false, onWish: () => {} });
  return renderToStaticMarkup(createElement(I18nextProvider, { i18n }, switched));
}

describe('the switch of units for matrices', () => {
  it('is there only where they are offered', () => {
    expect(shown('none', undefined)).toBe('');
    expect(shown('none', true)).toBe('');
    for (const state of ['offered', 'on'] as const) expect(shown(state, undefined)).toContain('type="checkbox"');
  });

  it.each([
    ['offered', undefined, false, false],
    ['offered', false, false, false],
    ['offered', true, true, true],
    ['on', undefined, true, false],
    ['on', true, true, false],
    ['on', false, false, true],
  ] as const)('%s, wished %s: ticked %s, waits for a visit %s', (state, wished, ticked, waits) => {
    const markup = shown(state, wished);
    expect(markup.includes('checked=""')).toBe(ticked);
    expect(markup.includes(en['matrices.reload'])).toBe(waits);
  });

  it.each(['en', 'zh'] as const)('has its label and hint in %s', (language) => {
    const markup = shown('offered', true, language);
    const words = dictionaries[language];
    for (const key of ['matrices.wish', 'matrices.hint', 'matrices.reload'] as const)
      expect(markup).toContain(words[key]);
    expect(markup).toMatch(/<label[^>]*><input[^>]*aria-describedby="matrices-hint"/);
  });
});

describe('the names of the kernels', () => {
  const report = (variants: KernelReport['variants']): KernelReport => ({
    ...{ forced: 'automatic', timings: [], matrices: false },
    variants,
  });

  it('are those that the adapter can compute, and are words in both languages', () => {
    const plain = ['registers', 'lanes', 'tiles64', 'tiles128'] as const;
    expect(choosable(undefined)).toEqual(['automatic']);
    expect(choosable(report(plain))).toEqual(['automatic', ...plain]);
    expect(variantsOf(report(plain))).toEqual(plain);
    expect(choosable(report([...plain, 'matrices']))).toEqual(matmulKernels);
    for (const words of [en, zh]) for (const name of matmulKernels) expect(words[`kernels.${name}`]).toBeTruthy();
  });
});
