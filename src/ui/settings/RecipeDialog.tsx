/** The recipe as a whole: its preset with every rule, and the file that it comes from or goes into. */
import { Dialog } from '@base-ui/react/dialog';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DialogHead } from '../shared/DialogHead';
import { FieldRow } from './FieldRow';
import { presetField } from './fields';
import { PresetRules } from './PresetRules';
import { RecipeFile } from './RecipeFile';

const SavedRecipes = lazy(() => import('./SavedRecipes'));

interface Props {
  readonly locked: boolean;
  readonly take: (file: File) => void;
}

export function RecipeDialog({ locked, take }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  // What the file changed, or why it cannot be used, is said on the page.
  const takeAndClose = (file: File): void => {
    setOpen(false);
    take(file);
  };
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className="small" data-testid="open-recipe">
        {t('recipe.title')}
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog" data-testid="recipe-dialog">
          <DialogHead title={t('recipe.title')} />
          <Dialog.Description className="hint">
            {t(locked ? 'settings.locked' : 'settings.nextStart')}
          </Dialog.Description>
          <fieldset disabled={locked} data-group="preset">
            <FieldRow field={presetField} />
            <PresetRules />
          </fieldset>
          <RecipeFile locked={locked} take={takeAndClose} />
          <Suspense>
            <SavedRecipes />
          </Suspense>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
