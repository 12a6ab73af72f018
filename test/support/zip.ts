/** A zip file read back, by its own directory. */
import { inflateRawSync } from 'node:zlib';

/** Name → text of every entry of a zip file. */
export function unzipped(file: Buffer): Map<string, string> {
  return new Map([...entriesOf(file)].map(([name, bytes]) => [name, bytes.toString('utf8')]));
}

/** Name → bytes, by its directory at the end. */
export function entriesOf(file: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  let at = file.readUInt32LE(file.lastIndexOf(Buffer.from('PK\x05\x06')) + 16);
  while (file.readUInt32LE(at) === 0x02014b50) {
    const [method, packed] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 20)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => file.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const name = file.toString('utf8', at + 46, at + 46 + nameLength);
    const header = file.readUInt32LE(at + 42);
    const start = header + 30 + file.readUInt16LE(header + 26) + file.readUInt16LE(header + 28);
    const bytes = file.subarray(start, start + packed);
    found.set(name, method === 0 ? bytes : inflateRawSync(bytes));
    at += 46 + nameLength + extra + comment;
  }
  return found;
}
