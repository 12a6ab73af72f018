/** Lines that were left out, by number, and why. */
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../store';
import { describeProblem } from '../i18n/describe';
import { Icon } from '../shared/Icon';

/** A file with a problem in every line must not fill the page; the count says how many there are. */
const most = 200;

export function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  const { t } = useTranslation();
  if (problems.length === 0) return null;
  return (
    <details className="problems" data-testid="problems" data-count={problems.length} open>
      <summary>
        <Icon name="warning" />
        {t('data.problems', { count: problems.length })}
      </summary>
      <p className="hint">{t('data.unused')}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <ul tabIndex={0}>
        {problems.slice(0, most).map((problem) => (
          <li key={`${problem.line} ${problem.code}`} data-line={problem.line} data-code={problem.code}>
            {problem.line > 0 && (
              <span className="line-number">
                {t('data.line')} {problem.line}
              </span>
            )}
            {describeProblem(t, problem)}
          </li>
        ))}
        {problems.length > most && <li>{t('data.problemsMore', { count: problems.length - most })}</li>}
      </ul>
    </details>
  );
}
