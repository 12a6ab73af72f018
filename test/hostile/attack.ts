/** One format under attack: how its files are read, what its reference reader refuses, and what came of so many damaged files. */
import fc from 'fast-check';
import { StudioError, shorten } from '../../src/engine/studioError';
import { HANG } from '../support/effort';

export interface Format {
  readonly name: string;
  /** Who else says what is valid. */
  readonly reference: string;
  readonly files: fc.Arbitrary<Uint8Array>;
  /** What it is read into, or a StudioError. */
  readonly read: (bytes: Uint8Array) => unknown;
  /** Why the reference reader refuses the file, or what is wrong with what was read of it; undefined where nothing is. */
  readonly objection: (bytes: Uint8Array, found: unknown) => string | undefined;
}

export interface Outcome {
  readonly accepted: number;
  readonly refused: ReadonlyMap<string, number>;
  /** Milliseconds of a processor that the slowest file took. */
  readonly slowest: number;
}

/** A sentence; what is in the file is not repeated at length. */
const LONGEST = 1500;

/** Throws at the first file that is not accepted as it should be, not refused in words, or not done within a second. */
export async function attack(
  format: Format,
  times: { readonly seed: number; readonly numRuns: number },
): Promise<Outcome> {
  const refused = new Map<string, number>();
  let [accepted, slowest] = [0, 0];
  const property = fc.asyncProperty(format.files, async (bytes) => {
    const before = process.cpuUsage();
    const { found, code } = await readBy(format, bytes);
    const { user, system } = process.cpuUsage(before);
    slowest = Math.max(slowest, (user + system) / 1000);
    if (slowest > HANG) throw new Error(`it took ${slowest.toFixed(0)} ms`);
    if (code !== undefined) refused.set(code, (refused.get(code) ?? 0) + 1);
    else {
      const objection = format.objection(bytes, found);
      if (objection !== undefined) throw new Error(`accepted, but ${format.reference} objects: ${objection}`);
      accepted++;
    }
    if ('polluted' in {}) throw new Error('every object was given a property');
  });
  const { failed, errorInstance, counterexample, counterexamplePath } = await fc.check(property, {
    ...times,
    endOnFailure: true,
  });
  if (failed) {
    const [bytes = new Uint8Array()] = counterexample ?? [];
    const text = shorten(JSON.stringify(new TextDecoder().decode(bytes)));
    throw new Error(`${format.name}: ${errorInstance} (seed ${times.seed}, path ${counterexamplePath}): ${text}`, {
      cause: errorInstance,
    });
  }
  return { accepted, refused, slowest };
}

async function readBy(format: Format, bytes: Uint8Array): Promise<{ found?: unknown; code?: string }> {
  try {
    return { found: await format.read(bytes) };
  } catch (error) {
    if (!(error instanceof StudioError)) throw new Error(`not refused in words: ${error}`, { cause: error });
    if (error.message.length > LONGEST) throw new Error(`a sentence of ${error.message.length} characters`);
    if (JSON.stringify(error.detail).length > 3 * LONGEST) throw new Error(`details as long as a file: ${error.code}`);
    return { code: error.code };
  }
}

/** As text, undefined where it is not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What JavaScript's own parser says against a text. */
export function jsonObjection(bytes: Uint8Array): string | undefined {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return undefined;
  } catch (error) {
    return String(error);
  }
}
