/** What each variant of the matmul kernels took, product by product; the fastest is the one that computes. */
import { useTranslation } from 'react-i18next';
import type { KernelReport, Timing } from '../../store';
import { fastestOf } from './facts';
import { variantsOf } from './kernelNames';

export function KernelTimes({ report }: { readonly report: KernelReport }) {
  const { t } = useTranslation();
  const variants = variantsOf(report);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <div className="scroller" tabIndex={0}>
      <table data-testid="kernel-times">
        <caption className="sr-only">{t('diagnostics.times')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('diagnostics.product')}</th>
            <th scope="col" className="number">
              {t('diagnostics.rows')}
            </th>
            {variants.map((name) => (
              <th key={name} scope="col" className="number">
                {t(`kernels.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.timings.map((timing) => (
            <Row
              key={`${timing.product} ${timing.rows} ${timing.inputs} ${timing.outputs}`}
              timing={timing}
              variants={variants}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ timing, variants }: { readonly timing: Timing; readonly variants: KernelReport['variants'] }) {
  const { product, rows, inputs, outputs, milliseconds } = timing;
  const times = variants.map((name) => milliseconds[name]);
  const best = fastestOf(timing, variants);
  return (
    <tr>
      <th scope="row">{product === 'forward' ? `x Wᵀ  ${inputs} → ${outputs}` : `dy W  ${outputs} → ${inputs}`}</th>
      <td className="number">≤ {rows}</td>
      {variants.map((name, index) => (
        <td key={name} className={name === best ? 'number best' : 'number'}>
          {times[index] === undefined ? '–' : `${times[index].toFixed(2)} ms`}
        </td>
      ))}
    </tr>
  );
}
