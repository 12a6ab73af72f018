/** Settings under a name: keep those of the page, use them again, delete them. */
import { type MouseEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SavedRecipe, Session } from '../../store';
import { focusNeighbour } from '../focus/neighbour';
import { language } from '../i18n';
import { dateTime } from '../runs/dates';
import { useSession, useStudio } from '../studioContext';

const recipesOf = (s: Session) => s.runs.recipes;
const keptOf = (s: Session) => s.runs.state === 'kept';
const lockedOf = (s: Session) => s.running !== undefined || s.runningAll;
const unfinishedOf = (s: Session) => Object.keys(s.drafts).length > 0;

export default function SavedRecipes() {
  const { t } = useTranslation();
  const studio = useStudio();
  const id = useId();
  const recipes = useSession(recipesOf);
  const kept = useSession(keptOf);
  const unfinished = useSession(unfinishedOf);
  const [name, setName] = useState('');
  const [said, setSaid] = useState('');
  if (!kept) return null;
  const save = async (): Promise<void> => {
    const own = name.trim();
    const taken = recipes.some((recipe) => recipe.name === own);
    if (own === '' || (taken && !window.confirm(t('recipes.replace', { name: own })))) return;
    if (!(await studio.saveRecipe(own))) return;
    setSaid(t('recipes.saved', { name: own }));
    setName('');
  };
  return (
    <div className="saved-recipes" data-testid="saved-recipes">
      <h3>{t('recipes.title')}</h3>
      <form
        className="actions"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <label className="sr-only" htmlFor={id}>
          {t('recipes.name')}
        </label>
        <input
          id={id}
          data-testid="recipe-name"
          placeholder={t('recipes.name')}
          maxLength={120}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <button type="submit" className="small" data-testid="recipe-save" disabled={unfinished || name.trim() === ''}>
          {t('recipes.save')}
        </button>
      </form>
      {recipes.length === 0 && <p className="hint">{t('recipes.empty')}</p>}
      <ul>
        {recipes.map((recipe) => (
          <Saved key={recipe.name} recipe={recipe} say={setSaid} field={id} />
        ))}
      </ul>
      <p className="hint" role="status" data-testid="recipe-said">
        {said}
      </p>
    </div>
  );
}

interface SavedProps {
  readonly recipe: SavedRecipe;
  readonly say: (text: string) => void;
  /** Where a name is typed. */
  readonly field: string;
}

function Saved({ recipe: { name, saved }, say, field }: SavedProps) {
  const { t } = useTranslation();
  const studio = useStudio();
  const locked = useSession(lockedOf);
  const apply = async (): Promise<void> => {
    if (await studio.applyRecipe(name)) say(t('recipes.applied', { name }));
  };
  const remove = ({ currentTarget }: MouseEvent): void => {
    if (!window.confirm(t('recipes.deleteSure', { name }))) return;
    focusNeighbour(currentTarget, '[data-testid=recipe-apply]', document.getElementById(field));
    studio.deleteRecipe(name);
  };
  return (
    <li data-testid="saved-recipe">
      <strong>{name}</strong>
      <span className="hint">{dateTime(saved, language())}</span>
      <button
        type="button"
        className="small"
        data-testid="recipe-apply"
        disabled={locked}
        aria-label={t('recipes.applyNamed', { name })}
        onClick={apply}
      >
        {t('recipes.apply')}
      </button>
      <button
        type="button"
        className="link small"
        data-testid="recipe-delete"
        aria-label={t('recipes.deleteNamed', { name })}
        onClick={remove}
      >
        {t('recipes.delete')}
      </button>
    </li>
  );
}
