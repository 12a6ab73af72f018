/** The system prompt of the conversation with a model that is tried, and how long its answers may be. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { mostTokens, type Session } from '../../../store';
import { LabelledField } from '../../shared/LabelledField';
import { useSession, useStudio, useTrying } from '../../studioContext';

const recipeOf = (s: Session) => s.recipe;

export function TrySettings() {
  const { t } = useTranslation();
  const { trying } = useStudio();
  const recipe = useSession(recipeOf);
  const system = useTrying((s) => s.system);
  const most = useTrying((s) => mostTokens(s, recipe.evaluation));
  const changed = system !== undefined && system !== recipe.systemPrompt;
  return (
    <div className="second-fields">
      <LabelledField wide label={t('try.system')}>
        {(id) => (
          <textarea
            id={id}
            rows={2}
            data-testid="try-system"
            value={system ?? recipe.systemPrompt}
            onChange={({ target }) => trying.setState({ system: target.value })}
          />
        )}
      </LabelledField>
      {changed && (
        <button type="button" className="link" onClick={() => trying.setState({ system: undefined })}>
          {t('try.systemReset')}
        </button>
      )}
      <MostTokens value={most} set={(maxNewTokens) => trying.setState({ maxNewTokens })} />
    </div>
  );
}

/** Kept as typed until it is a number that can be used. */
function MostTokens({ value, set }: { readonly value: number; readonly set: (value: number) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string>();
  const wrong = typed !== undefined;
  const enter = (text: string): void => {
    const usable = /^[1-9]\d{0,5}$/.test(text.trim());
    setTyped(usable ? undefined : text);
    if (usable) set(Number(text));
  };
  return (
    <LabelledField label={t('try.maxNewTokens')} problem={wrong ? t('try.maxNewTokens.wrong') : undefined}>
      {(id, about) => (
        <input
          id={id}
          inputMode="numeric"
          autoComplete="off"
          data-testid="try-maxNewTokens"
          value={typed ?? value}
          aria-invalid={wrong}
          aria-describedby={wrong ? about : undefined}
          onChange={({ target }) => enter(target.value)}
        />
      )}
    </LabelledField>
  );
}
