/** Lines that were left out, by file and number, and why. */
import { useTranslation } from 'react-i18next';
import { type Problem, placeKey } from '../../store';
import { describeProblem } from '../i18n/describe';
import { Icon } from '../shared/Icon';

/** A file with a problem in every line must not fill the page; the count says how many there are. */
const most = 200;

export function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  const { t } = useTranslation();
  // Line 0 is the file as a whole: a remark that leaves nothing out.
  const remarks = problems.filter((problem) => problem.line === 0);
  const lines = problems.filter((problem) => problem.line > 0);
  if (problems.length === 0) return null;
  return (
    <div className="problems" data-testid="problems" data-count={lines.length}>
      {remarks.length > 0 && (
        <ul className="remarks">
          {remarks.map((remark) => (
            <li key={`${remark.file} ${remark.code}`} data-code={remark.code}>
              {remark.file !== undefined && <span className="line-number">{remark.file}</span>}
              {describeProblem(t, remark)}
            </li>
          ))}
        </ul>
      )}
      {lines.length > 0 && <Lines problems={lines} />}
    </div>
  );
}

function Lines({ problems }: { readonly problems: readonly Problem[] }) {
  const { t } = useTranslation();
  return (
    <details open>
      <summary>
        <Icon name="warning" />
        {t('data.problems', { count: problems.length })}
      </summary>
      <p className="hint">{t('data.unused')}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <ul tabIndex={0}>
        {problems.slice(0, most).map((problem) => (
          <li key={`${placeKey(problem)} ${problem.code}`} data-line={problem.line} data-code={problem.code}>
            <span className="line-number">
              {problem.file} {t('data.line')} {problem.line}
            </span>
            {describeProblem(t, problem)}
          </li>
        ))}
        {problems.length > most && <li>{t('data.problemsMore', { count: problems.length - most })}</li>}
      </ul>
    </details>
  );
}
