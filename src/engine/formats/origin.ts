/** Under which terms a model in a folder stands: as the card beside its weights says, or the text of its licence. */
import type { ModelOrigin } from '../studio';
import type { Folder } from './folder';
import { frontMatter, isLegal, licenceOf, licenceOfText } from './licence';

/** Characters that are looked at. */
const LOOKED_AT = 65_536;

/** Where a folder comes from, it does not say. */
export async function originOf(folder: Folder): Promise<ModelOrigin> {
  const stated = licenceOf(frontMatter(await beginning(folder, 'README.md')));
  if (stated) return { licence: stated, stated: 'card' };
  const file = folder.names().find((name) => isLegal(name) && /^licen[cs]e/i.test(name) && !/\.pdf$/i.test(name));
  const licence = file === undefined ? undefined : licenceOfText(file, await beginning(folder, file));
  return licence ? { licence, stated: 'file' } : { stated: 'nowhere' };
}

async function beginning(folder: Folder, file: string): Promise<string> {
  return (await (await folder.optional(file))?.slice(0, LOOKED_AT).text()) ?? '';
}
