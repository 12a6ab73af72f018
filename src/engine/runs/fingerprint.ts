/** What tells two files of rows apart, whatever they are called. */
import { sha256 } from '../digest';

/** SHA-256, hexadecimal; undefined where it may not be computed (a page at an insecure address) or the file cannot be read. */
export async function fingerprint(file: Blob): Promise<string | undefined> {
  try {
    return await sha256(await file.arrayBuffer());
  } catch {
    return undefined;
  }
}
