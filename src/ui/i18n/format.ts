/** Numbers for people: short, with the unit they are read in. */

/** Values below `decimal` have one. */
export function bytes(count: number, decimal = 10): string {
  if (count < 1024) return `${count} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = count / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(value < decimal ? 1 : 0)} ${units[unit]}`;
}

export function parameters(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} B`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)} M`;
  if (count >= 1e4) return `${(count / 1e3).toFixed(0)} K`;
  return count.toLocaleString('en');
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Four figures that matter, without noise: losses, norms. */
export function figure(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1000 || size < 1e-3) return value.toExponential(2);
  return value.toFixed(size < 0.1 ? 4 : size < 10 ? 3 : 1);
}

const thousands = ['', 'k', 'M', 'G', 'T', 'P'];

/** Three figures and the prefix of the unit that follows: `2.67 T`. */
export function amount(value: number): string {
  const power = value < 1 ? 0 : Math.min(thousands.length - 1, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toPrecision(3)} ${thousands[power]}`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
