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
  readonly fields: readonly ParamsField[];
  readonly bytes: number;
}

interface ParamsField {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'f32';
  /** 4 for a vec4. */
  readonly size: 1 | 4;
  /** Bytes from the start of the struct. */
  readonly at: number;
}

/** A number, or up to four of a vec4, whose others are 0. */
export type ParamValue = number | readonly number[];

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
  const fields: ParamsField[] = [];
  let end = 0;
  for (const text of body.split(',').map((part) => part.trim())) {
    if (text === '') continue;
    const field = parseField(stem, text);
    // WGSL aligns a vec4 to its 16 bytes.
    const at = field.size === 4 ? Math.ceil(end / 16) * 16 : end;
    fields.push({ ...field, at });
    end = at + 4 * field.size;
  }
  // Uniform buffers are rounded up to 16 bytes.
  return { binding: Number(uniform[1]), fields, bytes: Math.ceil(end / 16) * 16 };
}

const vectors: Readonly<Record<string, ParamsField['type']>> = { vec4u: 'u32', vec4i: 'i32', vec4f: 'f32' };

function parseField(stem: string, text: string): Omit<ParamsField, 'at'> {
  const match = /^(\w+)\s*:\s*(?:(u32|i32|f32)|(vec4[uif]))$/.exec(text);
  if (!match) throw new Error(`shader ${stem}: Params may only hold u32, i32, f32 and vec4 of them, not "${text}"`);
  const [, name, scalar, vector] = match;
  return vector
    ? { name: name!, type: vectors[vector]!, size: 4 }
    : { name: name!, type: scalar as ParamsField['type'], size: 1 };
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

/** One buffer for whatever parameters hold; WebGPU's machines are little-endian as typed arrays are. */
export interface Words {
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
}

export function wordsOf(buffer: ArrayBuffer): Words {
  return { u32: new Uint32Array(buffer), i32: new Int32Array(buffer), f32: new Float32Array(buffer) };
}

/**
 * Packs `values` in the order of the shader's struct, from byte `offset` on. Throws when a field is missing or a name is
 * unknown. Every dispatch of every step comes through here: names are compared only where their count is wrong.
 */
export function packParams(
  shader: Shader,
  values: Readonly<Record<string, ParamValue>>,
  into: Words,
  offset: number,
): void {
  const fields = shader.params?.fields ?? [];
  for (const field of fields) {
    const given = values[field.name];
    if (given === undefined) throw new Error(`shader ${shader.stem}: parameter ${field.name} was not given`);
    put(shader, field, given, into[field.type], (offset + field.at) / 4);
  }
  const names = Object.keys(values);
  if (names.length === fields.length) return;
  const unknown = names.find((name) => !fields.some((field) => field.name === name));
  if (unknown) throw new Error(`shader ${shader.stem}: no parameter ${unknown}`);
}

function put(
  { stem }: Shader,
  { name, size }: ParamsField,
  given: ParamValue,
  into: { [word: number]: number },
  at: number,
): void {
  if (typeof given !== 'number') {
    if (given.length > size) throw new Error(`shader ${stem}: ${given.length} values for ${name}`);
    for (let i = 0; i < size; i++) into[at + i] = given[i] ?? 0;
    return;
  }
  into[at] = given;
  for (let i = 1; i < size; i++) into[at + i] = 0;
}
