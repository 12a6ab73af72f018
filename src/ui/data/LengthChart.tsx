/** Tokens per row as a histogram, with the middle, the 95th percentile and the longest. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { whole } from '../i18n/format';
import { type LengthSummary, summarise } from './lengthBins';

const [width, height] = [480, 72];

export function LengthChart({ tokens, most }: { readonly tokens: Uint32Array; readonly most: number }) {
  const { t } = useTranslation();
  const summary = useMemo(() => summarise(tokens), [tokens]);
  if (!summary) return null;
  const { p50, p95, max } = summary;
  const said = t('rows.lengths', { p50: whole(p50), p95: whole(p95), max: whole(max), most: whole(most) });
  return (
    <figure className="lengths" data-testid="lengths" data-p50={p50} data-p95={p95} data-max={max}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${t('rows.lengthsTitle')}: ${said}`}
      >
        <Bars summary={summary} />
        <Marker summary={summary} at={p50} />
        <Marker summary={summary} at={p95} />
      </svg>
      <div className="lengths-axis" aria-hidden="true">
        <span>{whole(summary.bins[0]?.from ?? 0)}</span>
        <span>{t('rows.lengthsAxis')}</span>
        <span>{whole(max)}</span>
      </div>
      <figcaption className="hint">{said}</figcaption>
    </figure>
  );
}

function Bars({ summary: { bins } }: { readonly summary: LengthSummary }) {
  const { t } = useTranslation();
  const highest = Math.max(...bins.map(({ count }) => count));
  const step = width / bins.length;
  return bins.map(({ from, to, count }, i) => {
    // A single row among thousands is still to be seen.
    const tall = count === 0 ? 0 : Math.max(1.5, (count / highest) * (height - 4));
    return (
      <rect key={from} x={i * step + 0.5} y={height - tall} width={Math.max(1, step - 1)} height={tall}>
        <title>{t('rows.bin', { from: whole(from), to: whole(to), count })}</title>
      </rect>
    );
  });
}

function Marker({ summary: { bins }, at }: { readonly summary: LengthSummary; readonly at: number }) {
  const first = bins[0]?.from ?? 0;
  const last = bins.at(-1)?.to ?? first;
  const x = ((at - first + 0.5) / (last - first + 1)) * width;
  return <line x1={x} x2={x} y1={0} y2={height} />;
}
