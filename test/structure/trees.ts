/** The repository as a tree, and small made-up ones, for the walls of the house. */
import type { Tree } from '../support/imports';
import { readTree, withoutComments } from '../support/sources';

export const code = readTree(['src', 'shaders'], ['.ts', '.tsx', '.wgsl', '.css']);
export const tests = readTree(['test'], ['.ts', '.tsx', '.mjs']);
export const engine = 'src/engine/';
export const selfTest = `${engine}selfTest/`;

export function fake(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files));
}

export function containing(tree: Tree, pattern: RegExp, where: (path: string) => boolean): string[] {
  return [...tree].filter(([path, text]) => where(path) && pattern.test(withoutComments(text))).map(([path]) => path);
}
