/** What a repository may be called, by the rules of the Hub. */

export type NameProblem = 'form' | 'characters' | 'ends' | 'doubled' | 'git' | 'long';

/** Characters of owner and name together. */
const longest = 96;

/** What is wrong with `owner/name`; undefined when nothing is. */
export function nameProblem(repository: string): NameProblem | undefined {
  const parts = repository.split('/');
  if (parts.length !== 2 || parts.includes('')) return 'form';
  if (!parts.every((part) => /^[A-Za-z0-9._-]+$/.test(part))) return 'characters';
  if (parts.some((part) => /^[.-]|[.-]$/.test(part))) return 'ends';
  if (/--|\.\./.test(repository)) return 'doubled';
  if (/\.git$/i.test(repository)) return 'git';
  return repository.length > longest ? 'long' : undefined;
}
