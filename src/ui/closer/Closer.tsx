/** A closer look at what came out: one view at a time, each made when it is opened. */
import { Tabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Diagnostics } from '../diagnostics/Diagnostics';
import { Compare } from '../results/Compare';
import { EvaluationLog } from '../results/EvaluationLog';
import { LivePredictions } from '../results/LivePredictions';

const views = {
  live: <LivePredictions />,
  compare: <Compare />,
  log: <EvaluationLog />,
  diagnostics: <Diagnostics />,
} as const satisfies Record<string, ReactNode>;

type View = keyof typeof views;
const names = Object.keys(views) as View[];

export function Closer() {
  const { t } = useTranslation();
  return (
    <Tabs.Root className="closer" defaultValue="live">
      <Tabs.List className="tabs views" aria-label={t('closer.title')}>
        {names.map((name) => (
          <Tabs.Tab key={name} value={name} data-testid={`view-${name}`}>
            {t(`closer.${name}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {names.map((name) => (
        <Tabs.Panel key={name} value={name}>
          {views[name]}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}
