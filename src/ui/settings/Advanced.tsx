/** The rarer settings of a group, folded away until the person opens them or one of them has something to say. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { unfinishedWarmup } from '../../store';
import { useSession } from '../studioContext';
import { FieldRow } from './FieldRow';
import type { Field, Group } from './fields';

interface Props {
  readonly of: Group['key'];
  readonly fields: readonly Field[];
}

export function Advanced({ of: key, fields }: Props) {
  const { t } = useTranslation();
  const details = useRef<HTMLDetailsElement>(null);
  const hinted = useSession((s) => (key === 'sft' || key === 'distill') && unfinishedWarmup(s, key) !== undefined);
  // It only ever unfolds: closing it again would take the field away from under the fingers that put it right.
  useEffect(() => {
    if (hinted && details.current) details.current.open = true;
  }, [hinted]);
  return (
    <details ref={details}>
      <summary>{t('settings.advanced')}</summary>
      <div className="fields">
        {fields.map((field) => (
          <FieldRow key={field.path} field={field} />
        ))}
      </div>
    </details>
  );
}
