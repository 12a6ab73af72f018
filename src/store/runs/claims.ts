/** Which run belongs to which tab: the same page may be open twice, and only one may write to a run. */

export interface Claims {
  /** False when another tab has the run; else it is this tab's until it is released, or the tab is closed. */
  claim(run: string): Promise<boolean>;
  /** Of what this tab does not have, nothing happens. */
  release(run: string): void;
  /** Runs that any tab has, this one included. */
  claimed(): Promise<ReadonlySet<string>>;
  /** Runs that other tabs have. */
  elsewhere(): Promise<ReadonlySet<string>>;
}

const PREFIX = 'distillery.run.';
/** A page that is being loaded again has its claim for a moment longer, milliseconds. */
const PATIENCE = 2000;

interface Claim {
  readonly got: Promise<boolean>;
  readonly release: () => void;
}

/** Without the browser's locks there is one tab as far as can be known. */
export function browserClaims(locks: LockManager | undefined): Claims {
  const own = new Map<string, Claim>();
  const held = async (): Promise<readonly string[]> => {
    const { held: all = [] } = (await locks?.query()) ?? {};
    return all.flatMap(({ name = '' }) => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : []));
  };
  return {
    claim: async (run) => {
      const claim = own.get(run) ?? request(locks, run);
      own.set(run, claim);
      const got = await claim.got;
      if (!got) own.delete(run);
      return got;
    },
    release: (run) => {
      own.get(run)?.release();
      own.delete(run);
    },
    claimed: async () => new Set([...own.keys(), ...(await held())]),
    elsewhere: async () => new Set((await held()).filter((run) => !own.has(run))),
  };
}

function request(locks: LockManager | undefined, run: string): Claim {
  let release = (): void => {};
  if (!locks) return { got: Promise.resolve(true), release };
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  const got = new Promise<boolean>((resolve) => {
    const hold = (): Promise<void> => {
      resolve(true);
      return until;
    };
    locks.request(PREFIX + run, { signal: AbortSignal.timeout(PATIENCE) }, hold).catch(() => resolve(false));
  });
  return { got, release };
}
