/** What a worker's life is told by. */
import type { holdLife } from '../../src/worker/life';

type Locks = NonNullable<Parameters<typeof holdLife>[0]>;

/** Locks of one name after the other, as the browser keeps them; `end` frees what is held, as the end of a worker does. */
export function fakeLocks() {
  let told: () => void = () => {};
  /** Resolves when somebody asks for a lock that another holds. */
  const awaited = new Promise<void>((resolve) => {
    told = resolve;
  });
  const queues = new Map<string, (() => unknown)[]>();
  const grant = (name: string) => queues.get(name)?.[0]?.();
  const request = (name: string, callback: () => unknown) =>
    new Promise((resolve) => {
      const queue = queues.get(name) ?? [];
      queues.set(name, queue);
      queue.push(async () => {
        resolve(await callback());
        queue.shift();
        grant(name);
      });
      if (queue.length === 1) grant(name);
      else told();
    });
  const end = (name: string) => {
    queues.get(name)?.shift();
    grant(name);
  };
  return { locks: { request } as unknown as Locks, end, awaited };
}
