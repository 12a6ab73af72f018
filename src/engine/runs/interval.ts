/** How sure an accuracy is: Wilson's interval at 95 %, which stays inside [0, 1] and is honest at 0 % and 100 %. */

export function wilson(correct: number, rows: number): { readonly low: number; readonly high: number } {
  if (rows === 0) return { low: 0, high: 1 };
  const z = 1.959964;
  const share = correct / rows;
  const spread = 1 + (z * z) / rows;
  const middle = (share + (z * z) / (2 * rows)) / spread;
  const half = (z / spread) * Math.sqrt((share * (1 - share)) / rows + (z * z) / (4 * rows * rows));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
