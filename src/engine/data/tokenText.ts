/** One token for people: its characters, its name when it is a special one, its bytes when it is no whole character. */
import type { ChatTokenizer } from './tokenizer';

type Vocabulary = Pick<ChatTokenizer, 'token' | 'decode'>;

export function tokenText(tokenizer: Vocabulary, id: number): string {
  const text = tokenizer.decode([id]);
  const written = tokenizer.token(id);
  // Special tokens decode to nothing; embeddings may have more rows than there are tokens.
  if (text === '') return written ?? `#${id}`;
  if (!text.includes('\ufffd') || written === undefined) return text;
  const bytes = [...written].map((character) => byteOf.get(character));
  return bytes.includes(undefined) ? text : bytes.map((byte) => `\\x${byte!.toString(16).padStart(2, '0')}`).join('');
}

/** Byte-level vocabularies write a byte as the printable character of its number, the others as those from 256 on. */
const byteOf = new Map<string, number>();
for (let byte = 0, next = 256; byte < 256; byte++) {
  const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  byteOf.set(String.fromCodePoint(printable ? byte : next++), byte);
}
