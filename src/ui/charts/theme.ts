/** The colours and letters of the page, for pictures. */
export interface Theme {
  readonly text: string;
  readonly strong: string;
  readonly grid: string;
  readonly surface: string;
  readonly family: string;
  readonly colour: (name: string) => string;
}

export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: colour('muted'),
    strong: colour('text'),
    grid: colour('line'),
    surface: colour('surface'),
    family: style.fontFamily,
    colour,
  };
}
