/** What tells two files of rows apart, whatever they are called. */

/** SHA-256, hexadecimal; undefined where it may not be computed (a page at an insecure address) or the file cannot be read. */
export async function fingerprint(file: Blob): Promise<string | undefined> {
  try {
    const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  } catch {
    return undefined;
  }
}
