/** Which settings are not what they start from, and how values are written for people. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { type FieldValue, readField, referenceValue, type Session, sameValue } from '../../store';
import type { Translate } from '../i18n';
import { useSession } from '../studioContext';
import { allFields, type Field } from './fields';

export function isChanged(s: Session, { path }: Field): boolean {
  return path in s.drafts || !sameValue(readField(s.recipe, path), referenceValue(s, path));
}

export const changedCount = (s: Session): number => allFields.filter((field) => isChanged(s, field)).length;

export interface Change {
  readonly field: Field;
  readonly value: string;
  readonly reference: string;
}

export function useChangedFields(): readonly Change[] {
  const { t } = useTranslation();
  const fields = useSession(useShallow((s) => allFields.filter((field) => isChanged(s, field))));
  const values = useSession(
    useShallow((s) =>
      fields.flatMap(({ path }) => [s.drafts[path]?.text ?? readField(s.recipe, path), referenceValue(s, path)]),
    ),
  );
  return fields.map((field, i) => ({
    field,
    value: shownValue(t, field, values[2 * i] ?? ''),
    reference: shownValue(t, field, values[2 * i + 1] ?? ''),
  }));
}

export function shownValue(t: Translate, { control }: Field, value: FieldValue): string {
  if (typeof value === 'object') return value.join(', ');
  if (typeof value === 'boolean') return t(value ? 'settings.on' : 'settings.off');
  if (control.kind === 'select') {
    const option = control.options.find((name) => name === value);
    return option ? t(`option.${control.texts?.[option] ?? option}`) : String(value);
  }
  return value === '' ? t('runs.nothing') : String(value);
}
