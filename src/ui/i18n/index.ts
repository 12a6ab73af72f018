/** Language of the page: the person's choice, else the browser's, else English. */
import i18next, { type TFunction } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { recall, remember } from '../shared/remember';
import { en, type Messages } from './en';
import { zh } from './zh';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'page';
    resources: { page: Messages };
    keySeparator: false;
    nsSeparator: false;
  }
}

export type Language = 'en' | 'zh';
export type Translate = TFunction<'page'>;

const remembered = 'distillery.language';

export function startLanguage(): void {
  i18next.use(initReactI18next).init({
    lng: firstLanguage(),
    fallbackLng: 'en',
    defaultNS: 'page',
    resources: { en: { page: en }, zh: { page: zh } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  mark(language());
}

export function language(): Language {
  return i18next.language === 'zh' ? 'zh' : 'en';
}

export function switchLanguage(next: Language): void {
  i18next.changeLanguage(next);
  mark(next);
  remember(remembered, next);
}

function firstLanguage(): Language {
  const chosen = recall(remembered);
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function mark(next: Language): void {
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
}
