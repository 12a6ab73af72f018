/** What the chosen preset does, one line per rule; a line that a setting below no longer follows says so. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { readField, referenceValue, type Session, sameValue } from '../../store';
import { useSession } from '../studioContext';

/** The fields of the recipe that each rule is made of. */
export const presetRules = {
  lengths: ['lengths.prompt', 'lengths.answer'],
  padding: ['lengths.labelPadding'],
  shift: ['distill.divergenceShift'],
  sum: ['distill.divergenceReduction', 'distill.scaleByTemperature'],
  sampling: ['generation.temperature', 'generation.topK', 'generation.topP', 'generation.ownPenalty'],
  prefix: ['sharePrefix'],
} as const;

type Rule = keyof typeof presetRules;
const names = Object.keys(presetRules) as Rule[];

const presetOf = (s: Session) => s.recipe.preset;
const changedOf = (s: Session) =>
  names.filter((rule) =>
    presetRules[rule].some((path) => !sameValue(readField(s.recipe, path), referenceValue(s, path))),
  );

export function PresetRules() {
  const { t } = useTranslation();
  const preset = useSession(presetOf);
  const changed = useSession(useShallow(changedOf));
  return (
    <ol className="preset-rules" data-testid="preset-rules">
      {names.map((rule) => (
        <li key={rule} data-changed={changed.includes(rule)}>
          {t(`preset.${rule}.${preset}`)}
          {changed.includes(rule) && <span className="badge">{t('preset.changed')}</span>}
        </li>
      ))}
    </ol>
  );
}
