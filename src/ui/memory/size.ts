/** Bytes of a plan for people: 12.7 GiB rather than 13. */
import { bytes } from '../i18n/format';

export function size(of: { readonly bytes: number }): string {
  return bytes(of.bytes, 100);
}
