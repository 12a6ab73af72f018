/** What something costs this process, in milliseconds of a processor: on a machine with other work beside, a clock says nothing. */
export function effortOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** "No hang over one second". */
export const HANG = 1000;
