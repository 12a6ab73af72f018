/** One written model in transformers.js: loaded, talked to and closed again; and what to paste to have the same elsewhere. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Exported,
  exportKey,
  type OnnxForm,
  onnxFormsOf,
  type SecondBackend,
  type Session,
  type Tried,
} from '../../../store';
import { describeFailure } from '../../i18n/describe';
import { Icon } from '../../shared/Icon';
import { useSession, useStudio, useTrying } from '../../studioContext';
import { SecondChoice, useBackend } from '../SecondChoice';
import { Loading } from './Loading';
import { Snippets } from './Snippets';
import { TryTalk } from './TryTalk';

/** A card of its own computes faster than WebAssembly; what stands in for one does not. */
const fastest = ({ gpu }: Session): SecondBackend => (gpu.state === 'open' && !gpu.facts.software ? 'webgpu' : 'wasm');

export function TryPanel({ exported }: { readonly exported: Exported }) {
  const { t } = useTranslation();
  const forms = onnxFormsOf(exported);
  if (forms[0] === undefined) return <p className="hint">{t('try.none')}</p>;
  return <Panel exported={exported} forms={forms} first={forms[0]} />;
}

interface Props {
  readonly exported: Exported;
  readonly forms: readonly OnnxForm[];
  readonly first: OnnxForm;
}

function Panel({ exported, forms, first }: Props) {
  const { t } = useTranslation();
  const studio = useStudio();
  const of = exportKey(exported);
  const tried = useTrying((s) => s.tried);
  const failed = useTrying((s) => (s.failed?.of === of ? s.failed.failure : undefined));
  const [chosen, setChosen] = useState(first);
  const own = tried?.of === of ? tried : undefined;
  const form = own?.form ?? chosen;
  const on = useBackend(form, useSession(fastest));
  const backend = own?.backend ?? on.backend;
  return (
    <div className="try-panel" data-testid="try-panel" data-state={own?.state ?? 'closed'}>
      <p className="hint">{t('try.about')}</p>
      {own ? (
        <Open tried={own} />
      ) : (
        <form
          className="check-form"
          onSubmit={(event) => {
            event.preventDefault();
            studio.openTry(exported, { form, backend });
          }}
        >
          <div className="second-fields">
            <SecondChoice name="try" forms={forms} form={form} choose={setChosen} on={on} />
          </div>
          <button type="submit" data-testid="try-open">
            <Icon name="play" />
            {t('try.open')}
          </button>
          {tried && <p className="hint">{t('try.other', { name: tried.name })}</p>}
        </form>
      )}
      {failed && (
        <p className="problem" role="alert" data-testid="try-failed">
          {describeFailure(t, failed)}
        </p>
      )}
      {own && own.state !== 'loading' && <TryTalk tried={own} />}
      <Snippets name={exported.name} form={form} backend={backend} own={own !== undefined} />
    </div>
  );
}

function Open({ tried }: { readonly tried: Tried }) {
  const { t } = useTranslation();
  const studio = useStudio();
  if (tried.state === 'loading') return <Loading tried={tried} />;
  const { form, backend } = tried;
  return (
    <p className="try-open" role="status">
      <span>{t('try.opened', { form, backend: t(`check.backend.${backend}`) })}</span>
      <button type="button" data-testid="try-close" title={t('try.closeHint')} onClick={studio.closeTry}>
        <Icon name="cross" />
        {t('try.close')}
      </button>
    </p>
  );
}
