/** The model card that goes with a push: without one that states a licence nothing is sent. */

import { MOST, textWithin } from '../../bounded';
import { frontLines, frontMatter, licenceOf } from '../../formats/licence';
import { StudioError } from '../../studioError';
import type { Licence } from '../types';
import { checkReadable } from './files';
import type { BaseModel, PushFile } from './types';

export interface Card {
  readonly licence: Licence;
  /** Names of the models that this one was made from. */
  readonly bases: readonly string[];
}

/** Throws a StudioError: `push-no-card`, `push-no-licence`, `push-file-unreadable`. */
export async function readCard(files: readonly PushFile[]): Promise<Card> {
  const readme = files.find(({ path }) => path === 'README.md');
  if (!readme) {
    const message =
      'The folder has no README.md. A model goes to a Hub with a card that says what it is and its licence.';
    throw new StudioError('push-no-card', message);
  }
  await checkReadable(readme);
  const text = await textWithin(readme.file, 'README.md', MOST.card);
  const licence = licenceOf(frontMatter(text));
  if (licence) return { licence, bases: basesOf(text) };
  const message = 'README.md states no licence: write "license: …" between the two lines of dashes at its beginning.';
  throw new StudioError('push-no-licence', message);
}

/** `base_model` with one name, with names in brackets, or with a name a line. */
function basesOf(readme: string): readonly string[] {
  const lines = frontLines(readme).filter((line) => line.trim() !== '');
  const at = lines.findIndex((line) => line.startsWith('base_model:'));
  if (at < 0) return [];
  const same = lines[at]!.slice('base_model:'.length).trim();
  const below = lines.slice(at + 1);
  const end = below.findIndex((line) => !/^\s*-[ \t]/.test(line));
  const names = [...same.replace(/^\[|\]$/g, '').split(','), ...below.slice(0, end < 0 ? undefined : end)];
  return names
    .map((name) =>
      name
        .trim()
        .replace(/^-\s+|["']/g, '')
        .trim(),
    )
    .filter(Boolean);
}

/** A base that excludes commercial use goes on excluding it in what was made from it. Throws `push-licence-lost`. */
export function checkLicence({ licence }: Card, bases: readonly BaseModel[]): void {
  const base = bases.find((model) => model.licence && !model.licence.commercial);
  if (!base?.licence || !licence.commercial) return;
  const detail = { base: base.name, needed: base.licence.id, stated: licence.id };
  const message =
    `${base.name} stands under ${detail.needed}, which excludes commercial use, but README.md states ${detail.stated}. ` +
    `What was made from it must carry its licence: change README.md.`;
  throw new StudioError('push-licence-lost', message, detail);
}
