/** Which run belongs to which tab: the same page may be open twice, and only one may write to a run. */

export interface Claims {
  /** False when another tab has the run; else it is this tab's until the tab is closed. */
  claim(run: string): Promise<boolean>;
  /** Runs that other tabs have. */
  elsewhere(): Promise<ReadonlySet<string>>;
}

const PREFIX = 'distillery.run.';
/** A page that is being loaded again has its claim for a moment longer, milliseconds. */
const PATIENCE = 2000;

/** Without the browser's locks there is one tab as far as can be known. */
export function browserClaims(locks: LockManager | undefined): Claims {
  const own = new Set<string>();
  return {
    claim: async (run) => {
      if (own.has(run) || !locks) return true;
      const got = await new Promise<boolean>((resolve) => {
        const hold = (): Promise<never> => {
          resolve(true);
          return new Promise(() => {});
        };
        locks.request(PREFIX + run, { signal: AbortSignal.timeout(PATIENCE) }, hold).catch(() => resolve(false));
      });
      if (got) own.add(run);
      return got;
    },
    elsewhere: async () => {
      const { held = [] } = (await locks?.query()) ?? {};
      const runs = held.flatMap(({ name = '' }) => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : []));
      return new Set(runs.filter((run) => !own.has(run)));
    },
  };
}
