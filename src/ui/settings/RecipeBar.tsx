/** Above the stations: how many settings are shown, how many are changed, and the door to the recipe as a whole. */
import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { useSession, useStudio } from '../studioContext';
import { changedCount } from './changed';
import { allFields } from './fields';
import { useSettingsMode } from './mode';
import { paddingInVain } from './padding';
import { RecipeDialog } from './RecipeDialog';
import { useRecipeDrop } from './RecipeFile';

const lockedOf = (s: Session) => s.running !== undefined || s.runningAll;
const modes = ['simple', 'all'] as const;

export function RecipeBar() {
  const { t } = useTranslation();
  const studio = useStudio();
  const { mode, setMode } = useSettingsMode();
  const locked = useSession(lockedOf);
  const changed = useSession(changedCount);
  const inVain = useSession(paddingInVain);
  const [taken, setTaken] = useState<string>();
  const bar = useRef<HTMLDivElement>(null);
  const resetAll = (): void => {
    setTaken(undefined);
    bar.current?.querySelector('button')?.focus();
    for (const { path } of allFields) studio.session.getState().resetField(path);
  };
  const take = async (file: File): Promise<void> => {
    setTaken((await studio.importRecipe(file)) ? file.name : undefined);
  };
  useRecipeDrop(take);
  const choose = ([next]: readonly string[]): void => {
    const known = modes.find((name) => name === next);
    if (known) setMode(known);
  };
  return (
    <div className="recipe-bar" ref={bar}>
      <ToggleGroup className="tabs" aria-label={t('settings.mode')} value={[mode]} onValueChange={choose}>
        {modes.map((name) => (
          <Toggle key={name} value={name} data-testid={`settings-${name}`}>
            {t(`settings.mode.${name}`)}
          </Toggle>
        ))}
      </ToggleGroup>
      <RecipeDialog locked={locked} take={take} />
      {changed > 0 && (
        <p className="changed-count">
          {t('settings.changedCount', { count: changed })}
          <button type="button" className="link" disabled={locked} onClick={resetAll}>
            {t('settings.resetAll')}
          </button>
        </p>
      )}
      <p className="hint" role="status" data-testid="recipe-taken">
        {taken && t('recipe.taken', { name: taken })} {taken && inVain && t('settings.paddingInVain')}
      </p>
    </div>
  );
}
