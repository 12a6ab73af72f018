/** A short piece of a line as the chart draws it. */
interface Props {
  /** A colour of tokens.css. */
  readonly colour: string;
  readonly dash?: readonly number[] | undefined;
}

export function Swatch({ colour, dash }: Props) {
  return (
    <svg className="swatch" viewBox="0 0 20 4" width="20" height="4" aria-hidden="true">
      <path d="M0 2h20" stroke={`var(--${colour})`} strokeWidth={dash ? 2 : 3} strokeDasharray={dash?.join(' ')} />
    </svg>
  );
}
