/** Language of the page: the person's choice, else the browser's, else English. */
import i18next, { type TFunction } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { recall, remember } from '../shared/remember';
import { en, type Messages } from './en';

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

/** Resolves when the page has its sentences: Chinese ones are fetched only for who reads them. */
export async function startLanguage(): Promise<void> {
  i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'page',
    resources: { en: { page: en } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  await speak(firstLanguage());
}

export function language(): Language {
  return i18next.language === 'zh' ? 'zh' : 'en';
}

export async function switchLanguage(next: Language): Promise<void> {
  await speak(next);
  if (language() === next) remember(remembered, next);
}

/** Sentences that cannot be fetched leave the page in the language that it has. */
async function speak(next: Language): Promise<void> {
  try {
    if (next === 'zh') i18next.addResourceBundle('zh', 'page', (await import('./zh')).zh);
    await i18next.changeLanguage(next);
  } catch {
    // Said by the page itself: it goes on in the other language.
  }
  mark(language());
}

function firstLanguage(): Language {
  const chosen = recall(remembered);
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function mark(next: Language): void {
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
}
