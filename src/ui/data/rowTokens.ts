/** The tokens of the row in sight, asked of the engine again whenever the row, the model or the recipe is another. */
import { useEffect, useState } from 'react';
import type { Example, Problem, RowTokens, Session, Split } from '../../store';
import { useSession, useStudio } from '../studioContext';

const recipeOf = (s: Session) => s.recipe;
const modelsOf = (s: Session) => s.models;

/** Undefined until they are there, and where no model is loaded. */
export function useRowTokens(split: Split, example: Example): RowTokens | Problem | undefined {
  const studio = useStudio();
  const recipe = useSession(recipeOf);
  const models = useSession(modelsOf);
  const [tokens, setTokens] = useState<RowTokens | Problem>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the engine looks at the recipe and the models too
  useEffect(() => {
    let gone = false;
    studio.rowTokens(split, { file: example.file, line: example.line }).then((found) => {
      if (!gone) setTokens(found);
    });
    return () => {
      gone = true;
    };
  }, [studio, split, example, recipe, models]);
  return tokens;
}
