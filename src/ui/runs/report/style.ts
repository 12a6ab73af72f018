/** The look of a report: one sheet inside the file, for light and dark, screen and paper. */
export const style = `
:root { color-scheme: light dark; --ground: #fff; --text: #23201b; --muted: #645e54; --line: #e0dbd2; --sunken: #f6f4f0;
  --teacher: #a9501d; --student: #0f7480; --control: #7348b5; --good: #1c6e3d; --bad: #ab2626; --mark: #f7e9df; --accent: #94461a; }
@media (prefers-color-scheme: dark) { :root { --ground: #171513; --text: #ece7de; --muted: #aea69a; --line: #37332d;
  --sunken: #211f1c; --teacher: #ea9c66; --student: #58c1cd; --control: #b999ef; --good: #7bce99; --bad: #f39a92;
  --mark: #3a2a1f; --accent: #e59a68; } }
* { box-sizing: border-box; }
body { max-width: 1000px; margin: 0 auto; padding: 24px clamp(14px, 4vw, 40px) 48px; background: var(--ground); color: var(--text);
  font: 400 15px/1.5 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { margin: 0 0 4px; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 32px 0 8px; padding-bottom: 4px; border-bottom: 1px solid var(--line); font-size: 1.1rem; }
h3 { margin: 16px 0 4px; font-size: 0.95rem; }
p { margin: 4px 0; max-width: 90ch; overflow-wrap: anywhere; }
.muted, figcaption { color: var(--muted); font-size: 0.88rem; }
.note { white-space: pre-wrap; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--muted); font-weight: 600; }
tbody th { color: inherit; font-weight: 500; }
td.text { min-width: 11ch; white-space: pre-wrap; overflow-wrap: anywhere; }
tr.changed th, tr.changed td { background: var(--mark); }
tr.changed th:first-child { box-shadow: inset 3px 0 var(--accent); padding-left: 8px; }
strong.big { font-size: 1.05rem; }
.badge { display: inline-block; padding: 0 7px; border-radius: 9px; background: var(--sunken); color: var(--muted); font-size: 0.78rem; }
.changed .badge { background: var(--ground); color: var(--accent); }
.right { color: var(--good); } .wrong { color: var(--bad); }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.85em; overflow-wrap: anywhere; }
figure { margin: 12px 0; }
svg { display: block; width: 100%; height: auto; }
svg .grid { stroke: var(--line); }
svg .tick { fill: var(--muted); font-size: 11px; } svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
polyline.faint { stroke-width: 1; opacity: 0.35; } polyline.dashed { stroke-width: 1.5; stroke-dasharray: 5 4; }
polyline.teacher { stroke: var(--teacher); } polyline.student { stroke: var(--student); } polyline.control { stroke: var(--control); }
circle.teacher { fill: var(--teacher); } circle.student { fill: var(--student); } circle.control { fill: var(--control); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 4px 0 0; padding: 0; list-style: none; font-size: 0.85rem; }
.swatch { display: inline-block; width: 18px; margin-right: 6px; border-top: 3px solid; vertical-align: middle; }
.swatch.dashed { border-top-style: dashed; border-top-width: 2px; }
.swatch.teacher { color: var(--teacher); } .swatch.student { color: var(--student); } .swatch.control { color: var(--control); }
dl { display: grid; grid-template-columns: minmax(110px, max-content) minmax(0, 1fr); gap: 3px 16px; margin: 0; font-size: 0.9rem; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 520px) { .path { display: none; } dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 6px; } }
@media print { body { max-width: none; padding: 0; } tr, figure { break-inside: avoid; } }
`;
