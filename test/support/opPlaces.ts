/** The five places of an op, which share one stem: shader, op, twin, case of the self-test, test. */
import type { Tree } from './imports';

type Places = Partial<Record<'shader' | 'op' | 'twin' | 'case' | 'test' | 'library', readonly string[]>>;

/** The stems found in each of the five places; a place without files is left out. */
export function opFiles(tree: Tree): Places {
  const stems = (pattern: RegExp): string[] => [...tree.keys()].flatMap((path) => pattern.exec(path)?.[1] ?? []);
  const places = {
    shader: stems(/^shaders\/(\w+)\.wgsl$/),
    op: stems(/^src\/engine\/ops\/(\w+)\.ts$/),
    twin: stems(/^src\/engine\/selfTest\/reference\/(\w+)\.ts$/),
    case: stems(/^src\/engine\/selfTest\/cases\/(\w+)\.ts$/),
    test: stems(/^test\/ops\/(\w+)\.test\.ts$/),
    library: stems(/^shaders\/lib\/(\w+)\.wgsl$/),
  };
  return Object.fromEntries(Object.entries(places).filter(([, found]) => found.length > 0));
}

/** What each stem lacks. A library of the shaders has no op; it may have a twin and a test of its own. */
export function unpaired({
  shader = [],
  op = [],
  twin = [],
  case: cases = [],
  test = [],
  library = [],
}: Places): string[] {
  const places = { shader, op, twin, case: cases, test };
  const all = new Set([...shader, ...op, ...twin, ...cases, ...test].filter((stem) => !library.includes(stem)));
  return [...all].flatMap((stem) =>
    Object.entries(places).flatMap(([place, stems]) => (stems.includes(stem) ? [] : [`${stem} has no ${place}`])),
  );
}

/** Variants of a shader, `<stem>.<variant>.wgsl`, that stand beside no plain one. */
export function strayVariants(tree: Tree): string[] {
  return [...tree.keys()].flatMap((path) => {
    const [, stem] = /^shaders\/(\w+)\.[^/]+\.wgsl$/.exec(path) ?? [];
    return stem && !tree.has(`shaders/${stem}.wgsl`)
      ? [`${path} is a variant, but there is no shaders/${stem}.wgsl`]
      : [];
  });
}
