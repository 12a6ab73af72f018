/**
 * From WGSL text to what the host must know: imports resolved, bindings by name, the layout of `struct Params`.
 * The shader text is the only description of a kernel's interface; nothing is repeated on the host side.
 */

export interface Shader {
  readonly stem: string;
  readonly code: string;
  /** Storage binding numbers by variable name. Entry points may reuse a number; names are unique in a file. */
  readonly bindings: ReadonlyMap<string, number>;
  readonly params: ParamsLayout | undefined;
}

export interface ParamsLayout {
  readonly binding: number;
  readonly fields: readonly { readonly name: string; readonly type: 'u32' | 'i32' | 'f32' }[];
  readonly bytes: number;
}

const importLine = /^[ \t]*#import[ \t]+(\S+)[ \t]*$/gm;
const unknownDirective = /^[ \t]*#(?!import\b).*$/m;

/** Resolves `#import lib/name` lines, each file once. Throws with the importing file's name on an unknown import. */
function resolveImports(path: string, sources: ReadonlyMap<string, string>, seen: Set<string>): string {
  const source = sources.get(path);
  if (source === undefined) throw new Error(`shader ${path} does not exist`);
  const unknown = unknownDirective.exec(source);
  if (unknown) throw new Error(`shader ${path}: unknown directive "${unknown[0].trim()}"`);
  return source.replace(importLine, (_line, name: string) => {
    const target = `${name}.wgsl`;
    if (!sources.has(target)) throw new Error(`shader ${path}: #import ${name} does not exist`);
    if (seen.has(target)) return '';
    seen.add(target);
    return resolveImports(target, sources, seen);
  });
}

function parseParams(stem: string, code: string): ParamsLayout | undefined {
  const uniform = /@group\(0\)\s*@binding\((\d+)\)\s*var<uniform>\s*\w+\s*:\s*Params\s*;/.exec(code);
  if (!uniform) return undefined;
  const struct = /struct\s+Params\s*\{([^}]*)\}/.exec(code);
  if (!struct) throw new Error(`shader ${stem}: a uniform of type Params, but no struct Params`);
  const body = struct[1]!.replace(/\/\/.*$/gm, '');
  const fields = body
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '')
    .map((field) => {
      const match = /^(\w+)\s*:\s*(u32|i32|f32)$/.exec(field);
      if (!match) throw new Error(`shader ${stem}: Params may only hold u32, i32 and f32 scalars, not "${field}"`);
      return { name: match[1]!, type: match[2] as 'u32' | 'i32' | 'f32' };
    });
  // Uniform buffers are rounded up to 16 bytes.
  return { binding: Number(uniform[1]), fields, bytes: Math.ceil(fields.length / 4) * 16 };
}

/** Reads `<stem>.wgsl`. Throws in words when an import, a binding or a parameter is malformed. */
export function parseShader(stem: string, sources: ReadonlyMap<string, string>): Shader {
  const code = resolveImports(`${stem}.wgsl`, sources, new Set());
  const bindings = new Map<string, number>();
  for (const match of code.matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<storage[^>]*>\s*(\w+)\s*:/g)) {
    if (bindings.has(match[2]!)) throw new Error(`shader ${stem}: binding name ${match[2]} is used twice`);
    bindings.set(match[2]!, Number(match[1]));
  }
  return { stem, code, bindings, params: parseParams(stem, code) };
}

/** Packs `values` in the order of the shader's struct. Throws when a field is missing or a name is unknown. */
export function packParams(
  shader: Shader,
  values: Readonly<Record<string, number>>,
  into: DataView,
  offset: number,
): void {
  const fields = shader.params?.fields ?? [];
  fields.forEach((field, index) => {
    const value = values[field.name];
    if (value === undefined) throw new Error(`shader ${shader.stem}: parameter ${field.name} was not given`);
    const at = offset + index * 4;
    if (field.type === 'f32') into.setFloat32(at, value, true);
    else if (field.type === 'i32') into.setInt32(at, value, true);
    else into.setUint32(at, value, true);
  });
  for (const name of Object.keys(values)) {
    if (!fields.some((field) => field.name === name)) throw new Error(`shader ${shader.stem}: no parameter ${name}`);
  }
}
