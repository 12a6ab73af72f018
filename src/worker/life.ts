/**
 * Whether a worker is still there. One that the browser ends, for want of memory or with what it ran in, says nothing, and no event
 * tells of it: but the lock that it held is free then.
 */
type Locks = Pick<LockManager, 'request'>;

/** In the worker: `tell` is given the name of a lock that is held from now on until the worker ends. Without locks nothing happens. */
export function holdLife(locks: Locks | undefined, tell: (lock: string) => void): void {
  const lock = `distillery.worker.${crypto.randomUUID()}`;
  const hold = (): Promise<never> => {
    tell(lock);
    return new Promise(() => {});
  };
  locks?.request(lock, hold).catch(() => {});
}

/** Resolves when the worker that holds the lock is gone. */
export async function outlived(locks: Locks | undefined, lock: string): Promise<void> {
  await locks?.request(lock, () => {});
}
