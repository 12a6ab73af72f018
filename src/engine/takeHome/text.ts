/** Text files: JSON to be read by people, one JSON value a line, tables of values between commas. */

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

type Cell = string | number | boolean | undefined;

/** A CSV file with `columns` as its first line; what a row does not have is empty. */
export function csv(columns: readonly string[], rows: readonly Readonly<Record<string, Cell>>[]): string {
  const line = (cells: readonly Cell[]) => `${cells.map(cell).join(',')}\n`;
  return line(columns) + rows.map((row) => line(columns.map((column) => row[column]))).join('');
}

function cell(value: Cell): string {
  const text = value === undefined ? '' : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
