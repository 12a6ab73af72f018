/** What the kernels of one step have to do, op by op: counted by the ops themselves while they were recorded. */
import { useTranslation } from 'react-i18next';
import type { Count, Session } from '../../store';
import { amount, percent, whole } from '../i18n/format';
import { useSession } from '../studioContext';

const workOf = (s: Session) => s.stepWork;

export function StepWork() {
  const { t } = useTranslation();
  const work = useSession(workOf);
  if (!work) return null;
  const ops = Object.entries(work.ops).sort(([, a], [, b]) => b.flops - a.flops || b.bytes - a.bytes);
  const counts = ops.map(([, count]) => count);
  const sum = (of: (count: Count) => number) => counts.reduce((total, count) => total + of(count), 0);
  const all = { dispatches: sum((c) => c.dispatches), flops: sum((c) => c.flops), bytes: sum((c) => c.bytes) };
  return (
    <details className="step-work" data-testid="step-work">
      <summary>{t('work.summary', { stage: t(`stage.${work.stage}`), ...inWords(all) })}</summary>
      <p className="hint">{t('work.explained')}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div className="scroller" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('work.op')}</th>
              <th scope="col" className="number">
                {t('work.dispatches')}
              </th>
              <th scope="col" className="number">
                FLOP
              </th>
              <th scope="col" className="number">
                {t('work.share')}
              </th>
              <th scope="col" className="number">
                {t('work.moved')}
              </th>
            </tr>
          </thead>
          <tbody>
            {ops.map(([op, count]) => (
              <Row key={op} op={op} count={count} of={all.flops} />
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Row({ op, count, of }: { readonly op: string; readonly count: Count; readonly of: number }) {
  const { dispatches, flops, bytes } = inWords(count);
  return (
    <tr data-op={op}>
      <th scope="row">{op}</th>
      <td className="number">{dispatches}</td>
      <td className="number">{flops}</td>
      <td className="number">{of > 0 ? percent(count.flops / of) : '–'}</td>
      <td className="number">{bytes}</td>
    </tr>
  );
}

function inWords({ dispatches, flops, bytes }: Count) {
  return { dispatches: whole(dispatches), flops: amount(flops), bytes: `${amount(bytes)}B` };
}
