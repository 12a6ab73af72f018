/** Settings of kept runs in words: their names as the form has them, their values with the stages that ran with them. */
import type { FieldValue, SettingValue } from '../../store';
import type { Translate } from '../i18n';
import { en, type MessageKey } from '../i18n/en';
import { shownValue } from '../settings/changed';
import { allFields } from '../settings/fields';

const names: ReadonlyMap<string, string> = new Map(allFields.map(({ path, name }) => [path, name]));

/** `SFT · Learning rate`; a field that the form does not have goes by its path. */
export function settingName(t: Translate, path: string): string {
  const name = `field.${names.get(path)}`;
  if (!isKey(name)) return path;
  const [group = ''] = path.split('.');
  const section = group === 'sft' || group === 'distill' ? `${t(`settings.${group}`)} · ` : '';
  return section + t(name);
}

/** `8`, or `SFT: 8; Distil: 16` where stages ran with different values. */
export function settingText(t: Translate, path: string, values: readonly SettingValue[]): string {
  const [only, ...more] = values;
  if (!only) return t('runs.notRun');
  if (more.length === 0) return valueText(t, path, only.value);
  return values
    .map(({ stages, value }) => {
      const whose = stages.map((stage) => t(`stage.${stage}`)).join(t('need.join'));
      return `${whose}: ${valueText(t, path, value)}`;
    })
    .join('; ');
}

function valueText(t: Translate, path: string, value: FieldValue): string {
  const field = allFields.find((one) => one.path === path);
  return field ? shownValue(t, field, value) : String(value);
}

function isKey(key: string): key is MessageKey {
  return key in en;
}
