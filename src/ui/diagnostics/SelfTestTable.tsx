/** One row a kernel, those that differ first, each with what to do. */
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { KernelCheck } from '../../store';
import { Icon } from '../shared/Icon';
import { advice, errorText, toleranceText } from './selfTestWords';

export function SelfTestTable({ checks }: { readonly checks: readonly KernelCheck[] }) {
  const { t } = useTranslation();
  const rows = checks.toSorted((a, b) => Number(a.passed) - Number(b.passed));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <div className="scroller" tabIndex={0}>
      <table data-testid="self-test-table">
        <caption className="sr-only">{t('selfTest.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('selfTest.kernel')}</th>
            <th scope="col">{t('selfTest.result')}</th>
            <th scope="col">{t('selfTest.variant')}</th>
            <th scope="col">{t('selfTest.shape')}</th>
            <th scope="col" className="number">
              {t('selfTest.error')}
            </th>
            <th scope="col" className="number">
              {t('selfTest.tolerance')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((check) => (
            <Row key={`${check.op} ${check.entry} ${check.variant} ${check.shape}`} check={check} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ check }: { readonly check: KernelCheck }) {
  const { t } = useTranslation();
  const { op, entry, variant, shape, error, tolerance, passed, problem } = check;
  const help = advice(t, check);
  return (
    <Fragment>
      <tr className={passed ? undefined : 'differs'} data-passed={passed}>
        <th scope="row" className="kernel">
          {op}.{entry}
        </th>
        <td className="outcome">
          <Icon name={passed ? 'check' : 'cross'} />
          {t(passed ? 'selfTest.agrees' : 'selfTest.differs')}
        </td>
        <td>{variant ? t(`kernels.${variant}`) : '–'}</td>
        <td className="shape">{shape}</td>
        <td className="number">{errorText(error)}</td>
        <td className="number">{toleranceText(t, tolerance)}</td>
      </tr>
      {!passed && (problem ?? help) !== undefined && (
        <tr className="differs advice">
          <td colSpan={6}>
            {problem !== undefined && <p className="problem">{t('selfTest.problem', { problem })}</p>}
            {help && <p>{help}</p>}
          </td>
        </tr>
      )}
    </Fragment>
  );
}
