/** How far a download is: bytes in storage of bytes in all, at which speed, and how long it will take at that. */
import { useTranslation } from 'react-i18next';
import type { DownloadProgress } from '../../store';
import { bytes, duration } from '../i18n/format';

interface Props {
  readonly progress: DownloadProgress;
  readonly cancel: () => void;
}

export function DownloadBar({ progress, cancel }: Props) {
  const { t } = useTranslation();
  const { state, name, done, total, file, bytesPerSecond } = progress;
  const facts = [
    ...(total > 0 ? [t('hub.done', { done: bytes(done), total: bytes(total) })] : []),
    ...(state === 'fetching' && bytesPerSecond
      ? [
          t('hub.speed', { speed: bytes(bytesPerSecond) }),
          t('hub.left', { time: duration(((total - done) / bytesPerSecond) * 1000) }),
        ]
      : [t(`hub.state.${state}`)]),
  ];
  return (
    <div className="hub-progress" data-testid="hub-progress" data-state={state} data-done={done} data-total={total}>
      <p className="model-name">{file ? `${name} · ${file}` : name}</p>
      <progress aria-label={t('hub.progress', { name })} value={done} max={Math.max(total, 1)} />
      <p className="hint">{facts.join(' · ')}</p>
      <button type="button" data-testid="hub-cancel" onClick={cancel}>
        {t('hub.cancel')}
      </button>
    </div>
  );
}
