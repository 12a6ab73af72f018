/** What a model is called that is taken home: in its folder, in its files, and where it is passed on. */
import type { Artifact, Session } from '../../store';

/** What every file system takes: with the ending of a file, 80 characters of three bytes each are within 255. */
const most = 80;
const usable = /^[\p{L}\p{N}](?:[\p{L}\p{N}._-]*[\p{L}\p{N}_-])?$/u;

export function modelNameProblem(name: string): 'empty' | 'characters' | undefined {
  if (name === '') return 'empty';
  return usable.test(name) && name.length <= most ? undefined : 'characters';
}

/** After the model it was made of and what was done with it. */
export function defaultName({ models }: Pick<Session, 'models'>, artifact: Artifact): string {
  const role = artifact.startsWith('teacher') ? 'teacher' : 'student';
  const base = models[role].info?.name.split('/').at(-1) ?? role;
  const plain = base.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[._-]+|[._-]+$/g, '');
  return `${plain || role}-${artifact.split('-').at(-1)}`;
}
