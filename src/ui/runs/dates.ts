/** When a run was, in the language of the page. */
import type { Language } from '../i18n';

/** Milliseconds since 1970; to the minute. */
export function dateTime(at: number, language: Language): string {
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  return new Date(at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
}
