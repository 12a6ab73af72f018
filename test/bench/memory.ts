/** What processes hold in memory; Linux only, since it reads /proc. */
import { readFileSync } from 'node:fs';

/** Bytes that a process holds itself or shares with others, mapped files left out; 0 when it has ended. */
export function heldBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = (name: string) => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))?.[1] ?? 0);
    return 1024 * (kilobytes('RssAnon') + kilobytes('RssShmem'));
  } catch {
    return 0;
  }
}
