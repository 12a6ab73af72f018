/** What is pasted elsewhere to load this model and ask it the same: for a web page and for Node, each with a button that copies it. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  browserSnippet,
  messagesOf,
  mostTokens,
  nodeSnippet,
  type OnnxForm,
  type SecondBackend,
  type Session,
  type Snippet,
  type TryState,
} from '../../../store';
import { CopyButton } from '../../shared/CopyButton';
import { LabelledField } from '../../shared/LabelledField';
import { useSession, useTrying } from '../../studioContext';

const places = ['folder', 'hub'] as const;

interface Props {
  readonly name: string;
  readonly form: OnnxForm;
  readonly backend: SecondBackend;
  /** Whether the conversation is one with this model. */
  readonly own: boolean;
}

const recipeOf = (s: Session) => s.recipe;
const firstQuestion = (s: Session) => s.data.test.dataset?.examples[0]?.question ?? '…';

export function Snippets({ name, form, backend, own }: Props) {
  const { t } = useTranslation();
  const recipe = useSession(recipeOf);
  const example = useSession(firstQuestion);
  const trying = useTrying((s) => s);
  const [from, setFrom] = useState<Snippet['from']>('folder');
  const { before, question } = lastAsked(own ? trying.turns : [], example);
  const snippet: Snippet = {
    ...{ name, from, dtype: form, repetitionPenalty: 1 },
    messages: messagesOf({ ...trying, turns: before }, recipe.systemPrompt, question),
    maxNewTokens: mostTokens(trying, recipe.evaluation),
  };
  return (
    <div className="snippets">
      <h4>{t('snippet.title')}</h4>
      <p className="hint">{t('snippet.about', { question })}</p>
      <LabelledField label={t('snippet.from')}>
        {(id) => (
          <select
            id={id}
            data-testid="snippet-from"
            value={from}
            onChange={({ target }) => setFrom(places.find((place) => place === target.value) ?? from)}
          >
            {places.map((place) => (
              <option key={place} value={place}>
                {t(`snippet.from.${place}`)}
              </option>
            ))}
          </select>
        )}
      </LabelledField>
      <Code where="browser" of={name} text={browserSnippet(snippet, backend)} />
      <Code where="node" of={name} text={nodeSnippet(snippet)} />
    </div>
  );
}

/** The last question and what was said before it; the first test row where nothing was asked. */
function lastAsked(turns: TryState['turns'], example: string) {
  const question = turns.at(-1)?.question ?? example;
  return { question, before: turns.slice(0, -1) };
}

interface CodeProps {
  readonly where: 'browser' | 'node';
  /** The model: more than one may be open. */
  readonly of: string;
  readonly text: string;
}

function Code({ where, of, text }: CodeProps) {
  const { t } = useTranslation();
  const name = t(`snippet.${where}`);
  return (
    <div className="snippet">
      <div className="snippet-head">
        <h5>{name}</h5>
        <CopyButton text={() => text} testId={`snippet-copy-${where}`} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="snippet-code" tabIndex={0} aria-label={`${name}: ${of}`}>
        <pre data-testid={`snippet-${where}`}>
          <code>{text}</code>
        </pre>
      </section>
    </div>
  );
}
