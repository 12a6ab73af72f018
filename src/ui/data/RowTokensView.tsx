/** A row token by token: what is read, what is learnt, what only fills; each with its number. */
import { type KeyboardEvent, type MouseEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RowTokens, ShownToken } from '../../store';
import { whole } from '../i18n/format';
import { visible } from '../shared/visible';

/** Tokens that are drawn before somebody asks for the rest. */
const MOST = 1500;

export function RowTokensView({ row }: { readonly row: RowTokens }) {
  const { t } = useTranslation();
  const { tokens, prompt, labels, cutPrompt, cutAnswer } = row;
  const [all, setAll] = useState(false);
  const [at, setAt] = useState<number>();
  const shown = all ? tokens : tokens.slice(0, MOST);
  const press = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    setAt(Math.min(shown.length - 1, Math.max(0, (at ?? -1) + step)));
  };
  const point = ({ target }: MouseEvent): void => {
    const index = target instanceof HTMLElement ? target.dataset.token : undefined;
    if (index !== undefined) setAt(Number(index));
  };
  const filling = tokens.length - prompt - labels;
  return (
    <div className="row-tokens" data-testid="row-tokens" data-prompt={prompt} data-labels={labels}>
      <ul className="token-legend">
        <li className="kind-prompt">{t('rows.promptTokens', { count: prompt })}</li>
        <li className="kind-label">{t('rows.labelTokens', { count: labels })}</li>
        {filling > 0 && <li className="kind-filling">{t('rows.fillingTokens', { count: filling })}</li>}
      </ul>
      {cutPrompt + cutAnswer > 0 && (
        <p className="hint warn">{t('rows.cut', { prompt: cutPrompt, answer: cutAnswer })}</p>
      )}
      {/* One stop for the keyboard; the arrow keys go from token to token. */}
      <section
        className="tokens"
        aria-label={t('rows.tokensOf')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the tokens are looked at one by one
        tabIndex={0}
        onKeyDown={press}
        onMouseOver={point}
        onFocus={() => setAt(at ?? 0)}
      >
        {shown.map((token, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a token is known by its place
          <Token key={i} token={token} index={i} current={i === at} />
        ))}
      </section>
      {shown.length < tokens.length && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          {t('rows.restOfTokens', { count: whole(tokens.length - shown.length) })}
        </button>
      )}
      <p className="token-read hint" aria-live="polite" data-testid="token-read">
        <Read token={at === undefined ? undefined : tokens[at]} at={at ?? 0} of={tokens.length} />
      </p>
    </div>
  );
}

function Token({
  token,
  index,
  current,
}: {
  readonly token: ShownToken;
  readonly index: number;
  readonly current: boolean;
}) {
  const { id, text, kind, special } = token;
  const name = ['token', `kind-${kind}`, special ? 'special' : '', current ? 'current' : ''].filter(Boolean).join(' ');
  return (
    <span className={name} data-token={index} data-kind={kind} title={String(id)}>
      {special ? text : text === '' ? '‹' : visible(text, { breaks: true })}
    </span>
  );
}

function Read({ token, at, of }: { readonly token: ShownToken | undefined; readonly at: number; readonly of: number }) {
  const { t } = useTranslation();
  if (!token) return t('rows.pointAtToken');
  const { id, text, kind } = token;
  const said = text === '' ? t('rows.partOfCharacter') : JSON.stringify(text);
  return t('rows.readToken', { at: at + 1, of, id, text: said, kind: t(`rows.kind.${kind}`) });
}
