/** What is missing here of what the studio could use, the gravest first. Each has a sentence: what follows, what to do. */
import type { AdapterFacts } from '../../store';
import type { Translate } from '../i18n';
import { bytes, whole } from '../i18n/format';
import type { BrowserFacts } from './browser';

const GIB = 2 ** 30;
/** Below it, batches of a large model can be too large. */
const ROOMY_BINDING = GIB;
/** Bytes of a row of the widest activation of Qwen2.5-3B: 11,008 values of f32. */
const WIDEST_ROW = 4 * 11_008;
/** The files of a model of 3 billion parameters in bf16, and some room. */
const ROOMY_STORAGE = 7 * GIB;

export type LackName =
  | 'software'
  | 'binding'
  | 'ownFiles'
  | 'storage'
  | 'directoryPicker'
  | 'isolated'
  | 'wakeLock'
  | 'notifications'
  | 'notificationsBlocked'
  | 'subgroups'
  | 'f16';

export interface Lack {
  readonly name: LackName;
  /** What its sentence is filled with. */
  readonly values?: { readonly limit?: string; readonly tokens?: string; readonly free?: string };
}

export function lackText(t: Translate, { name, values }: Lack): string {
  return t(`lacks.${name}`, { ...values });
}

export function lacksOf(browser: BrowserFacts, { software, maxBindingBytes, features }: AdapterFacts): readonly Lack[] {
  const { storage, notifications } = browser;
  const free = storage ? storage.quota - storage.used : Number.POSITIVE_INFINITY;
  const tokens = whole(Math.floor(maxBindingBytes / WIDEST_ROW));
  const lacks: readonly (Lack | false)[] = [
    software && { name: 'software' },
    maxBindingBytes < ROOMY_BINDING && { name: 'binding', values: { limit: bytes(maxBindingBytes, 100), tokens } },
    !browser.ownFiles && { name: 'ownFiles' },
    browser.ownFiles && free < ROOMY_STORAGE && { name: 'storage', values: { free: bytes(Math.max(0, free), 100) } },
    !browser.directoryPicker && { name: 'directoryPicker' },
    !browser.isolated && { name: 'isolated' },
    !browser.wakeLock && { name: 'wakeLock' },
    notifications === 'none' && { name: 'notifications' },
    notifications === 'denied' && { name: 'notificationsBlocked' },
    !features.includes('subgroups') && { name: 'subgroups' },
    !features.includes('shader-f16') && { name: 'f16' },
  ];
  return lacks.filter((lack) => lack !== false);
}
