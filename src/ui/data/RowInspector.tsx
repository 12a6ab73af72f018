/** One row from close by: what was found about it, its tokens as they are trained, and the way to change or delete it. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Example, placeKey, type Split } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { useInPlace } from '../focus/inPlace';
import { describeProblem } from '../i18n/describe';
import { Icon } from '../shared/Icon';
import { useSession, useStudio } from '../studioContext';
import { RowEditor } from './RowEditor';
import { RowTokensView } from './RowTokensView';
import type { Flag } from './rowFlags';
import { useRowTokens } from './rowTokens';

interface Props {
  readonly split: Split;
  readonly example: Example;
  readonly flags: ReadonlySet<Flag> | undefined;
  readonly close: () => void;
}

export function RowInspector({ split, example, flags, close }: Props) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const running = useSession((s) => s.running !== undefined);
  // Of this row: another one is looked at first.
  const [edited, setEdited] = useState<string | number>();
  const editing = edited === placeKey(example);
  const stop = (): void => setEdited(undefined);
  const { inside, outside } = useInPlace<HTMLTextAreaElement, HTMLButtonElement>(editing);
  const tokens = useRowTokens(split, example);
  const change = async (row: Example | undefined): Promise<void> => {
    if (!confirmLoss(split, 'edit')) return;
    await studio.editRows(split, [{ place: { file: example.file, line: example.line }, row }]);
    stop();
  };
  return (
    <section className="row-inspector" data-testid="row-inspector" aria-labelledby="row-title">
      <div className="panel-head">
        <h3 id="row-title">{t('rows.row', { line: placeKey(example) })}</h3>
        <div className="row-actions">
          {!editing && (
            <>
              <button
                ref={outside}
                type="button"
                className="small"
                data-testid="edit-row"
                disabled={running}
                onClick={() => setEdited(placeKey(example))}
              >
                {t('rows.edit')}
              </button>
              <button
                type="button"
                className="small"
                data-testid="delete-row"
                disabled={running}
                onClick={() => change(undefined)}
              >
                {t('rows.delete')}
              </button>
            </>
          )}
          <button type="button" className="quiet icon" aria-label={t('rows.close')} onClick={close}>
            <Icon name="cross" />
          </button>
        </div>
      </div>
      <Findings split={split} example={example} flags={flags} />
      {editing ? (
        <RowEditor first={inside} example={example} save={change} cancel={stop} />
      ) : tokens === undefined ? (
        <PlainRow example={example} />
      ) : 'code' in tokens ? (
        <>
          <p className="problem">{describeProblem(t, tokens)}</p>
          <PlainRow example={example} />
        </>
      ) : (
        <RowTokensView row={tokens} />
      )}
    </section>
  );
}

/** Without a model there are no tokens: the texts alone. */
function PlainRow({ example }: { readonly example: Example }) {
  const { t } = useTranslation();
  return (
    <dl className="plain-row">
      {example.messages.map(({ role, content }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the messages of a row stay in their order
        <div key={i}>
          <dt>{t(`rows.role.${role}`)}</dt>
          <dd>{content.slice(0, 4000)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Findings({ split, example, flags }: Omit<Props, 'close'>) {
  const { t } = useTranslation();
  const twins = useSession((s) => s.data[split].twins);
  const training = useSession((s) => s.data.train.twins);
  if (!flags || !twins) return null;
  const at = twins.examples.indexOf(example);
  const other = (rows: readonly Example[] | undefined, index: number | undefined): string | number | undefined => {
    const row = rows?.[index ?? -1];
    return row && placeKey(row);
  };
  const places = {
    repeats: other(twins.examples, twins.found.repeats[at]),
    contradicts: other(twins.examples, twins.found.contradicts[at]),
    leaks: other(training?.examples, twins.found.leaks[at]),
  };
  const found = (['repeats', 'contradicts', 'leaks'] as const).filter((flag) => flags.has(flag) && places[flag]);
  if (found.length === 0) return null;
  return (
    <ul className="findings">
      {found.map((flag) => (
        <li key={flag}>
          <Icon name="warning" />
          {t(`rows.finding.${flag}`, { line: places[flag] ?? '' })}
        </li>
      ))}
    </ul>
  );
}
