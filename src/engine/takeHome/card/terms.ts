/** The base models of a result, and the terms that they stand under: as they are stated, or plainly unknown. */
import type { KeptModel } from '../../runs/record';
import type { ModelOrigin, Role } from '../../studio';
import type { CardOf, RunFacts } from '../facts';
import { plain, table } from './markdown';
import type { Yaml } from './yaml';

/** Whose weights the result holds or belongs to. */
export function roleOf(artifact: CardOf['artifact']): Role {
  return artifact.startsWith('teacher') ? 'teacher' : 'student';
}

/** A distilled student has learnt from the teacher as well. */
export function taught({ artifact }: CardOf): boolean {
  return artifact === 'student-adapter' || artifact === 'student-distilled';
}

/** What the Hub wants to know of the terms: `license`, and `license_name` and `license_link` of one it has no name for. */
export function licenceFields(
  origin: ModelOrigin | undefined,
  legal: readonly string[],
): Readonly<Record<string, Yaml>> {
  const licence = origin?.licence;
  if (!licence) return { license: 'unknown' };
  const link = legal.find((file) => /^licen[cs]e/i.test(file)) ?? licence.link;
  if (!licence.ownTerms) return { license: licence.id.toLowerCase() };
  return { license: 'other', license_name: slug(licence.id), ...(link && { license_link: link }) };
}

function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9.]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'unnamed'
  );
}

/** `owner/name`, as the Hub links to it; undefined where the model came from a folder that does not say. */
export function repositoryOf(model: KeptModel | undefined): string | undefined {
  return model?.info.origin?.repository;
}

export function terms({ record: { models } }: RunFacts, card: CardOf): string {
  const own = roleOf(card.artifact);
  const roles: readonly Role[] = taught(card) ? ['student', 'teacher'] : [own];
  const rows = roles.flatMap((role) => {
    const model = models[role];
    return model ? [[role, nameOf(model), sizeOf(model), licenceText(model.info.origin)]] : [];
  });
  const said = [
    'What is made from a model stays under the terms of that model.',
    ...(taught(card)
      ? ['The student was trained on what the teacher predicts: see whether the terms of the teacher speak of that.']
      : []),
    ...(card.forms.legal.length > 0
      ? [`The terms lie beside this file: ${card.forms.legal.map(plain).join(', ')}.`]
      : []),
  ];
  return `## Base models\n\n${table(['role', 'model', 'size', 'licence'], rows)}\n${said.join(' ')}\n`;
}

function nameOf({ info: { name, origin } }: KeptModel): string {
  const { repository, commit } = origin ?? {};
  if (!repository) return `${plain(name)} (a folder; where it comes from is not known)`;
  const at = commit ? ` at commit ${plain(commit.slice(0, 12))}` : '';
  return `[${plain(repository)}](https://huggingface.co/${encodeURI(repository)})${at}`;
}

function sizeOf({ info: { architecture, parameters, layers, hidden } }: KeptModel): string {
  return `${plain(architecture)}, ${parameters.toLocaleString('en-US')} parameters, ${layers} layers × ${hidden}`;
}

const sources: Readonly<Record<ModelOrigin['stated'], string>> = {
  hub: 'as the Hub says',
  card: 'as its own model card says',
  file: 'as the licence file beside it says',
  nowhere: '',
};

function licenceText(origin: ModelOrigin | undefined): string {
  const licence = origin?.licence;
  if (!licence) return 'unknown: nothing that came with the model says it';
  const { id, link, commercial } = licence;
  const name = link && /^https?:/.test(link) ? `[${plain(id)}](${encodeURI(link)})` : plain(id);
  return `${name}, ${sources[origin.stated]}${commercial ? '' : '; by its name, not for commercial use'}`;
}
