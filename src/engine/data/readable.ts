/** The bytes of a file that a person chose. */
import { StudioError } from '../studioError';

/** A folder dropped as a file cannot be read; the browser says so only here. */
export async function readable(name: string, file: Blob): Promise<ArrayBuffer> {
  try {
    return await file.arrayBuffer();
  } catch {
    const message = `"${name}" cannot be read. If it is a folder, open it and choose the .jsonl file inside.`;
    throw new StudioError('file-unreadable', message, { name });
  }
}
