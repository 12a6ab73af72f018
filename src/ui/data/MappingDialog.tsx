/** Which column is the question and which the answer, chosen beside the first rows of the file. */
import { Dialog } from '@base-ui/react/dialog';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AskedMapping, Columns, Mapping, Session } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { DialogHead } from '../shared/DialogHead';
import { useSession, useStudio } from '../studioContext';

const mappingOf = (s: Session) => s.mapping;

export default function MappingDialog() {
  const { session } = useStudio();
  const asked = useSession(mappingOf);
  const close = (): void => session.getState().askMapping(undefined);
  return (
    <Dialog.Root open={asked !== undefined} onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog mapping" data-testid="mapping">
          {asked && <Choice key={asked.name} asked={asked} close={close} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const parts = ['question', 'answer', 'input', 'system'] as const;
type Part = (typeof parts)[number];
type Chosen = Readonly<Record<Part, string>>;

function Choice({ asked, close }: { readonly asked: AskedMapping; readonly close: () => void }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const edited = useSession((s) => s.edits.done.some(({ split }) => split === asked.split));
  const { mapping } = asked.columns;
  const [header, setHeader] = useState(mapping?.header ?? true);
  const columns = mapping?.header === false || header ? asked.columns : headless(asked.columns);
  const [chosen, setChosen] = useState<Chosen>(() => ({
    ...{ question: mapping?.question ?? '', answer: mapping?.answer ?? '' },
    ...{ input: mapping?.input ?? '', system: mapping?.system ?? '' },
  }));
  const known = Object.fromEntries(
    parts.map((part) => [part, columns.names.includes(chosen[part]) ? chosen[part] : '']),
  ) as Chosen;
  const ready = known.question !== '' && known.answer !== '' && known.question !== known.answer;
  const open = (): void => {
    if (!confirmLoss(asked.split)) return;
    const optional = (part: Part) => (known[part] === '' ? {} : { [part]: known[part] });
    const next: Mapping = { question: known.question, answer: known.answer, header };
    studio.mapColumns(asked.split, { ...next, ...optional('input'), ...optional('system') });
  };
  return (
    <>
      <DialogHead title={t('rows.mapping')} />
      <Dialog.Description className="hint">
        {t(mapping ? 'rows.mappingKnown' : 'rows.mappingAsked', { name: asked.name })}
      </Dialog.Description>
      <div className="mapping-parts">
        {parts.map((part) => (
          <label key={part}>
            {t(`rows.part.${part}`)}
            <select
              data-testid={`map-part-${part}`}
              value={known[part]}
              onChange={({ target }) => setChosen({ ...known, [part]: target.value })}
            >
              <option value="">{t(part === 'question' || part === 'answer' ? 'rows.pick' : 'rows.noColumn')}</option>
              {columns.names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
      {asked.columns.table && (
        <label className="check">
          <input type="checkbox" checked={header} onChange={({ target }) => setHeader(target.checked)} />
          {t('rows.header')}
        </label>
      )}
      <Samples columns={columns} chosen={known} />
      {edited && <p className="hint warn">{t('rows.mappingEdits')}</p>}
      <p className="row-actions">
        <button type="button" className="primary" data-testid="map-open" disabled={!ready} onClick={open}>
          {t('rows.mappingOpen')}
        </button>
        <button type="button" onClick={close}>
          {t('rows.cancel')}
        </button>
      </p>
    </>
  );
}

/** The first line is a row too: the columns are numbered, as the engine numbers them. */
function headless({ names, samples, ...rest }: Columns): Columns {
  const numbered = (texts: readonly string[]) => Object.fromEntries(texts.map((text, i) => [String(i + 1), text]));
  const rows = samples.map((sample) => numbered(names.map((name) => sample[name] ?? '')));
  return { ...rest, names: names.map((_, i) => String(i + 1)), samples: [numbered(names), ...rows].slice(0, 3) };
}

function Samples({ columns, chosen }: { readonly columns: Columns; readonly chosen: Chosen }) {
  const { t } = useTranslation();
  const partOf = (name: string): Part | undefined => parts.find((part) => chosen[part] === name);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroller" tabIndex={0} aria-label={t('rows.samples')}>
      <table data-testid="mapping-samples">
        <thead>
          <tr>
            {columns.names.map((name) => {
              const part = partOf(name);
              return (
                <th key={name} scope="col" data-part={part}>
                  {name} {part && <span className="badge">{t(`rows.part.${part}`)}</span>}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {columns.samples.map((sample, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the first rows of a file stay in their order
            <tr key={i}>
              {columns.names.map((name) => (
                <td key={name} className="sample" data-part={partOf(name)}>
                  {sample[name]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
