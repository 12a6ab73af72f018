/** Lines of a log, only those in sight rendered; opens at its end, where the accuracy stands. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLine } from '../../store';

export function LogLines({ lines }: { readonly lines: readonly LogLine[] }) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 24,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new log, and only a new log, scrolls to its end
  useEffect(() => virtual.scrollToIndex(lines.length - 1, { align: 'end' }), [lines]);
  return (
    <section
      className="scroller log"
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={t('log.title')}
      data-testid="log"
      lang="zh-CN"
    >
      <ol style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const line = lines[index];
          return (
            <li
              key={index}
              ref={virtual.measureElement}
              data-index={index}
              data-kind={line?.kind}
              style={{ transform: `translateY(${start}px)` }}
              aria-setsize={lines.length}
              aria-posinset={index + 1}
            >
              {line?.text}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
