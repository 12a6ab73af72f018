/** What every stage would hold on the card, and what its last run was predicted to hold and held. */
import { useTranslation } from 'react-i18next';
import type { Memory, Stage } from '../../store';
import { bytes } from '../i18n/format';
import { type StageMemoryRow, stageMemory } from './stageMemory';

export function StageMemory({ memory }: { readonly memory: Memory }) {
  const { t } = useTranslation();
  const rows = stageMemory(memory);
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby="stage-memory-title">
      <h3 id="stage-memory-title">{t('stageMemory.title')}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div className="scroller" tabIndex={0}>
        <table data-testid="stage-memory">
          <caption className="sr-only">{t('stageMemory.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('stageMemory.stage')}</th>
              {(['next', 'planned', 'held', 'others'] as const).map((name) => (
                <th key={name} scope="col" className="number">
                  {t(`stageMemory.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.stage} name={t(`stage.${row.stage satisfies Stage}`)} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ name, row }: { readonly name: string; readonly row: StageMemoryRow }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {[row.next, row.planned, row.held, row.others].map((count, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: four columns that never move
        <td key={index} className="number">
          {count === undefined ? '–' : bytes(count, 100)}
        </td>
      ))}
    </tr>
  );
}
