/** Name, graphics card, language. */
import { useTranslation } from 'react-i18next';
import type { Gpu, Session } from '../store';
import { language, switchLanguage, type Translate } from './i18n';
import { bytes } from './i18n/format';
import { Icon } from './shared/Icon';
import { useSession } from './studioContext';

const gpuOf = (s: Session) => s.gpu;

export function Header() {
  const { t } = useTranslation();
  const gpu = useSession(gpuOf);
  return (
    <header className="header">
      <div className="brand">
        <Icon name="still" />
        <h1>{t('app.name')}</h1>
        <p>{t('app.tagline')}</p>
      </div>
      <p className="gpu" data-state={gpu.state} data-testid="gpu" title={gpuTitle(t, gpu)}>
        <span className="dot" aria-hidden="true" />
        <span className="sr-only">{t('gpu.label')}: </span>
        <span className="gpu-name">{gpuName(t, gpu)}</span>
        {gpu.state === 'open' && gpu.facts.software && <span className="badge warn">{t('gpu.software')}</span>}
      </p>
      <button
        type="button"
        className="quiet"
        data-testid="language"
        lang={language() === 'zh' ? 'en' : 'zh-CN'}
        aria-label={`${t('app.language')} (${t('app.languageLabel')})`}
        onClick={() => switchLanguage(language() === 'zh' ? 'en' : 'zh')}
      >
        {t('app.language')}
      </button>
    </header>
  );
}

function gpuName(t: Translate, gpu: Gpu): string {
  if (gpu.state === 'opening') return t('gpu.opening');
  if (gpu.state === 'none') return t('gpu.none');
  const { vendor, architecture, description } = gpu.facts;
  return description || [vendor, architecture].filter(Boolean).join(' · ') || t('gpu.unnamed');
}

function gpuTitle(t: Translate, gpu: Gpu): string | undefined {
  return gpu.state === 'open' ? t('gpu.limit', { size: bytes(gpu.facts.maxBindingBytes) }) : undefined;
}
