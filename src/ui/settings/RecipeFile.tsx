/** The settings as a file: out for the headless studio or a colleague, in again by button or by dropping it on the page. */
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { looksLikeRows } from '../../store';
import { isJson, pickedFrom } from '../data/dropped';
import { useOpenRows } from '../data/openRows';
import { downloadBlob } from '../saving/place';
import { FileButton } from '../shared/FileButton';
import { useStudio } from '../studioContext';

interface Props {
  readonly locked: boolean;
  readonly take: (file: File) => void;
}

export function RecipeFile({ locked, take }: Props) {
  const { t } = useTranslation();
  const studio = useStudio();
  const save = (): void => {
    const text = studio.exportRecipe(new URL('recipe.schema.json', document.baseURI).href);
    downloadBlob(new Blob([text], { type: 'application/json' }), 'recipe.json');
  };
  return (
    <div className="recipe-file">
      <button type="button" className="small" data-testid="export-recipe" onClick={save}>
        {t('recipe.export')}
      </button>
      <FileButton
        className="button small"
        testId="import-recipe"
        name={t('recipe.importName')}
        accept=".json,application/json"
        disabled={locked}
        open={([file]) => file && take(file)}
      >
        {t('recipe.import')}
      </FileButton>
      <p className="hint">{t('recipe.about')}</p>
    </div>
  );
}

/** One JSON file dropped anywhere but where rows are dropped; a list of rows is opened as what it is. */
export function useRecipeDrop(take: (file: File) => void): void {
  const openRows = useOpenRows();
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!event.defaultPrevented && isJson(event.dataTransfer)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      const file = event.dataTransfer?.files[0];
      if (event.defaultPrevented || !file || !isJson(event.dataTransfer)) return;
      event.preventDefault();
      looksLikeRows(file).then((rows) => (rows ? openRows(pickedFrom([file])) : take(file)));
    };
    window.addEventListener('dragover', over);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('drop', drop);
    };
  });
}
