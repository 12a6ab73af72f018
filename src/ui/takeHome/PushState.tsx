/** What comes of a push: how far it is, with a way to stop; what it asks; why it ended; in the end where the model is. */
import { useTranslation } from 'react-i18next';
import type { Pushed, PushProgress, PushState as State } from '../../store';
import { describeFailure } from '../i18n/describe';
import { bytes, duration } from '../i18n/format';

interface Props {
  readonly push: State;
  readonly stop: () => void;
  /** Into the repository that is there already. */
  readonly agree: () => void;
}

export function PushState({ push, stop, agree }: Props) {
  const { t } = useTranslation();
  const { progress, exists, failure, pushed } = push;
  if (progress) return <Progress progress={progress} stop={stop} />;
  return (
    <>
      {exists && (
        <div className="push-exists" role="alert" data-testid="push-exists">
          <p>
            {t(`push.exists.${exists.visibility}`)}{' '}
            <a href={exists.page} target="_blank" rel="noreferrer">
              {exists.repository}
            </a>
          </p>
          <button type="button" data-testid="push-agree" onClick={agree}>
            {t('push.agree')}
          </button>
        </div>
      )}
      {failure && (
        <p className="problem" role="alert" data-testid="push-failure" data-code={failure.code}>
          {describeFailure(t, failure)}
        </p>
      )}
      {pushed && <Done pushed={pushed} />}
    </>
  );
}

function Progress({ progress, stop }: { readonly progress: PushProgress; readonly stop: () => void }) {
  const { t } = useTranslation();
  const { state, file, done, total, bytesPerSecond } = progress;
  const known = total > 0;
  const facts = [
    t(`push.state.${state}`),
    ...(known ? [t('hub.done', { done: bytes(done), total: bytes(total) })] : []),
    ...(known && state === 'uploading' && bytesPerSecond
      ? [
          t('hub.speed', { speed: bytes(bytesPerSecond) }),
          t('hub.left', { time: duration(((total - done) / bytesPerSecond) * 1000) }),
        ]
      : []),
  ];
  return (
    <div className="push-progress" data-testid="push-progress" data-state={state} data-done={done} data-total={total}>
      {file && <p className="model-name">{file}</p>}
      <progress aria-label={t('push.progress')} {...(known ? { value: done, max: total } : {})} />
      <p className="hint">{facts.join(' · ')}</p>
      <button type="button" data-testid="push-stop" onClick={stop}>
        {t('push.stop')}
      </button>
    </div>
  );
}

function Done({ pushed }: { readonly pushed: Pushed }) {
  const { t } = useTranslation();
  const { commit, address, repository, visibility, files, sent } = pushed;
  return (
    <p className="took" role="status" data-testid="pushed" data-sent={sent} data-commit={commit ?? ''}>
      {t(commit ? `push.done.${visibility}` : 'push.same', { count: files, size: bytes(sent) })}{' '}
      <a href={address} target="_blank" rel="noreferrer">
        {repository}
      </a>
    </p>
  );
}
