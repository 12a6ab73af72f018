/** The switches of one chart: axis, outliers, its file, the whole screen. */
import { Menu } from '@base-ui/react/menu';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { Icon } from '../shared/Icon';
import type { Board } from './board';
import { exportChart, fileKinds } from './exportChart';
import type { ChartModel } from './model';
import { axisOf, setAxis } from './view';

interface Props {
  readonly board: Board;
  readonly model: ChartModel;
}

export function ChartTools({ board, model }: Props) {
  const { t } = useTranslation();
  const axis = useStore(board.view, (s) => axisOf(s, model.key));
  return (
    <>
      {(['log', 'clip'] as const).map((name) => (
        <button
          key={name}
          type="button"
          className="chart-switch"
          aria-pressed={axis[name]}
          aria-label={t('chart.switch', { what: t(`chart.${name}.about`), title: model.title })}
          title={t(`chart.${name}.about`)}
          data-testid={`${model.key}-${name}`}
          onClick={() => setAxis(board.view, model.key, { [name]: !axis[name] })}
        >
          {t(`chart.${name}`)}
        </button>
      ))}
      <ExportMenu {...{ board, model }} />
    </>
  );
}

function ExportMenu({ board, model }: Props) {
  const { t } = useTranslation();
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger
        className="chart-tool"
        aria-label={t('chart.export', { title: model.title })}
        title={t('chart.export', { title: model.title })}
        data-testid={`${model.key}-export`}
      >
        <Icon name="download" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="menu-place" sideOffset={4} align="end">
          <Menu.Popup className="menu">
            {fileKinds.map((kind) => (
              <Menu.Item
                key={kind}
                className="menu-item"
                data-testid={`export-${kind}`}
                onClick={() => exportChart(kind, model, board, t('chart.step'))}
              >
                {t(`chart.export.${kind}`)}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
