/** How answers are drawn, how long they may be, and the system prompt of the conversation. */
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session, TalkSettings as Settings } from '../../store';
import { useSession, useStudio, useTalk } from '../studioContext';

const promptOf = (s: Session) => s.recipe.systemPrompt;
type NumberKey = 'temperature' | 'topK' | 'topP' | 'seed' | 'maxNewTokens';
const drawn: readonly NumberKey[] = ['temperature', 'topK', 'topP', 'seed'];

export function TalkSettings() {
  const { t } = useTranslation();
  const { talk } = useStudio();
  const settings = useTalk((state) => state.settings);
  const recipes = useSession(promptOf);
  const set = (change: Partial<Settings>): void => talk.setState({ settings: { ...settings, ...change } });
  const number = (key: NumberKey) => (
    <NumberField
      key={key}
      name={t(`talk.${key}`)}
      id={key}
      value={settings[key]}
      set={(value) => set({ [key]: value })}
    />
  );
  return (
    <details className="talk-settings" data-testid="talk-settings">
      <summary>{t('talk.settings')}</summary>
      <div className="talk-fields">
        <Field name={t('talk.system')} size="wide">
          {(id) => (
            <textarea
              id={id}
              rows={2}
              data-testid="talk-system"
              value={settings.system ?? recipes}
              onChange={({ target }) => set({ system: target.value })}
            />
          )}
        </Field>
        {settings.system !== undefined && settings.system !== recipes && (
          <button type="button" className="link" onClick={() => set({ system: undefined })}>
            {t('talk.systemReset')}
          </button>
        )}
        <Field name={t('talk.choice')} size="pair">
          {(id) => (
            <select
              id={id}
              data-testid="talk-choice"
              value={settings.sampled ? 'sampled' : 'greedy'}
              onChange={({ target }) => set({ sampled: target.value === 'sampled' })}
            >
              <option value="greedy">{t('talk.greedy')}</option>
              <option value="sampled">{t('talk.sampled')}</option>
            </select>
          )}
        </Field>
        {settings.sampled && drawn.map(number)}
        {number('maxNewTokens')}
      </div>
    </details>
  );
}

interface FieldProps {
  readonly name: string;
  readonly size?: 'wide' | 'pair';
  readonly children: (id: string) => ReactNode;
}

function Field({ name, size, children }: FieldProps) {
  const id = useId();
  return (
    <div className={size ? `talk-field ${size}` : 'talk-field'}>
      <label htmlFor={id}>{name}</label>
      {children(id)}
    </div>
  );
}

interface NumberProps {
  readonly name: string;
  readonly id: NumberKey;
  readonly value: number;
  readonly set: (value: number) => void;
}

/** What is typed stays as it is typed; a text that is no number is refused when it is sent, with the field's limits. */
function NumberField({ name, id: key, value, set }: NumberProps) {
  const [typed, setTyped] = useState<string>();
  const enter = (text: string): void => {
    setTyped(text);
    set(text.trim() === '' ? Number.NaN : Number(text));
  };
  return (
    <Field name={name}>
      {(id) => (
        <input
          id={id}
          data-testid={`talk-${key}`}
          inputMode="decimal"
          autoComplete="off"
          aria-invalid={Number.isNaN(value)}
          value={typed ?? (Number.isNaN(value) ? '' : value)}
          onChange={({ target }) => enter(target.value)}
        />
      )}
    </Field>
  );
}
