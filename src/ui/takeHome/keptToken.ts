/** The one token that a person has asked this browser to keep, and the server that it is for. Nothing is kept unasked. */
import { forget, recall, remember } from '../shared/remember';

const kept = 'distillery.push-token';

interface Kept {
  readonly endpoint: string;
  readonly value: string;
}

export function keptToken(): Kept | undefined {
  try {
    const found: unknown = JSON.parse(recall(kept) ?? '');
    return isKept(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

export function keepToken({ endpoint, value }: Kept): void {
  remember(kept, JSON.stringify({ endpoint, value }));
}

export function forgetToken(): void {
  forget(kept);
}

function isKept(found: unknown): found is Kept {
  if (typeof found !== 'object' || found === null || !('endpoint' in found) || !('value' in found)) return false;
  return typeof found.endpoint === 'string' && typeof found.value === 'string';
}
