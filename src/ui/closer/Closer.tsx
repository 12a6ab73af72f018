/** A closer look at what came out: one view at a time, each made when it is opened. */
import { Tabs } from '@base-ui/react/tabs';
import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Compare } from '../results/Compare';
import { EvaluationLog } from '../results/EvaluationLog';
import { LivePredictions } from '../results/LivePredictions';

// They are not needed to see the page, and come when they are opened.
const Diagnostics = lazy(async () => ({ default: (await import('../diagnostics/Diagnostics')).Diagnostics }));
const TokenView = lazy(async () => ({ default: (await import('../inside/TokenView')).TokenView }));
const TalkPanel = lazy(async () => ({ default: (await import('../talk/TalkPanel')).TalkPanel }));

const views = {
  live: <LivePredictions />,
  compare: <Compare />,
  tokens: <TokenView />,
  talk: <TalkPanel />,
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
          <Suspense fallback={null}>{views[name]}</Suspense>
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}
