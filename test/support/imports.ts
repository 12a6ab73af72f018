/** The import graph of a source tree, read with regular expressions: enough for code that the formatter has seen. */
import { posix } from 'node:path';

/** Text by path; paths are relative to the repository and use slashes. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  readonly from: string;
  /** A path of the tree, or the name of a package. */
  readonly to: string;
  readonly package: boolean;
  /** Erased by the compiler: it says what something looks like, and does not run it. */
  readonly typeOnly: boolean;
}

const statement = /^(?:import|export)\s+(type\s+)?([^'";]*?)\bfrom\s+['"]([^'"]+)['"]/gm;
const bare = /^import\s+['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** Every import, re-export and dynamic import of the tree's TypeScript files. */
export function imports(tree: Tree): Import[] {
  return [...tree].flatMap(([from, text]) => {
    if (!/\.(ts|tsx|mjs)$/.test(from)) return [];
    const found: Import[] = [];
    const add = (specifier: string, typeOnly: boolean): void => {
      found.push({ from, ...resolve(tree, from, specifier), typeOnly });
    };
    for (const match of text.matchAll(statement)) add(match[3]!, match[1] !== undefined || namesOnlyTypes(match[2]!));
    for (const match of text.matchAll(bare)) add(match[1]!, false);
    for (const match of text.matchAll(dynamic)) add(match[1]!, false);
    return found;
  });
}

/** `{ type A, type B }` */
function namesOnlyTypes(clause: string): boolean {
  const names = /^\{([^}]*)\}\s*$/.exec(clause.trim())?.[1];
  if (names === undefined) return false;
  return names
    .split(',')
    .filter((name) => name.trim() !== '')
    .every((name) => name.trim().startsWith('type '));
}

function resolve(tree: Tree, from: string, specifier: string): { to: string; package: boolean } {
  if (!specifier.startsWith('.')) return { to: specifier, package: true };
  const path = posix.join(posix.dirname(from), specifier.replace(/\?.*$/, ''));
  const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`];
  return { to: candidates.find((candidate) => tree.has(candidate)) ?? path, package: false };
}

export interface Rule {
  /** Path prefixes that may be imported and run. */
  readonly values: readonly string[];
  /** Path prefixes of which only types may be imported. */
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
}

/** One sentence per import that the rule of its folder does not allow; the longest matching prefix is the rule. */
export function forbidden(tree: Tree, rules: Readonly<Record<string, Rule>>): string[] {
  return imports(tree).flatMap((edge) => {
    const folder = Object.keys(rules)
      .filter((prefix) => edge.from.startsWith(prefix))
      .sort((a, b) => b.length - a.length)[0];
    if (folder === undefined) return [`${edge.from} lies in no folder that has a rule`];
    const { values, types = [], packages = [] } = rules[folder]!;
    const allowed = edge.package
      ? packages.some((name) => edge.to === name || (name.endsWith('/') && edge.to.startsWith(name)))
      : [...values, ...(edge.typeOnly ? types : [])].some((prefix) => edge.to.startsWith(prefix));
    return allowed ? [] : [`${edge.from} must not import ${edge.to}${edge.typeOnly ? ' (type only)' : ''}`];
  });
}

/** Imports of files that are not there. */
export function unresolved(tree: Tree): string[] {
  return imports(tree).flatMap(({ from, to, package: outside }) =>
    outside || tree.has(to) ? [] : [`${from} imports ${to}, which does not exist`],
  );
}

/** Cycles among imports that run, each as the path that closes it. Types are erased and may refer to each other. */
export function cycles(tree: Tree): string[] {
  const edges = imports(tree).filter((edge) => !edge.typeOnly && !edge.package);
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const seen = path.indexOf(file);
    if (seen >= 0) found.push([...path.slice(seen), file].join(' → '));
    if (seen >= 0 || done.has(file)) return;
    for (const to of targets.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of tree.keys()) visit(file, []);
  return found;
}
