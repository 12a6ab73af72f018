/** No WebGPU or no adapter: what to do, the advice for this browser first. */
import { useTranslation } from 'react-i18next';
import type { Session } from '../store';
import type { Translate } from './i18n';
import { Icon } from './shared/Icon';
import { useSession } from './studioContext';

const gpuOf = (s: Session) => s.gpu;
const advice = ['linux', 'chrome', 'firefox', 'safari'] as const;
type Browser = (typeof advice)[number];

export function NoGpu() {
  const { t } = useTranslation();
  const gpu = useSession(gpuOf);
  if (gpu.state !== 'none') return null;
  const own = browserOf(navigator.userAgent);
  const order = [own, ...advice.filter((browser) => browser !== own)];
  return (
    <section className="panel nogpu" role="alert" data-testid="no-gpu" data-reason={gpu.failure.code}>
      <h2>
        <Icon name="warning" /> {t('nogpu.title')}
      </h2>
      <p>{reason(t, gpu.failure.code, gpu.failure.message)}</p>
      {!window.isSecureContext && <p className="strong">{t('nogpu.insecure')}</p>}
      <ul>
        {order.map((browser) => (
          <li key={browser} className={browser === own ? 'strong' : undefined}>
            {t(`nogpu.${browser}`)}
            {browser === own && <span className="badge">{t('nogpu.yours')}</span>}
          </li>
        ))}
        <li>{t('nogpu.driver')}</li>
      </ul>
    </section>
  );
}

function reason(t: Translate, code: string, message: string): string {
  if (code === 'no-webgpu' || code === 'no-adapter' || code === 'old-webgpu') return t(`nogpu.${code}`);
  return t('nogpu.other', { message });
}

function browserOf(agent: string): Browser {
  if (/firefox/i.test(agent)) return 'firefox';
  if (/safari/i.test(agent) && !/chrom/i.test(agent)) return 'safari';
  return /linux/i.test(agent) && !/android/i.test(agent) ? 'linux' : 'chrome';
}
