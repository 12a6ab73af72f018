/** Shaders parse, are used, and each op stands in its five places. */
import { describe, expect, it } from 'vitest';
import { shaderSources } from '../../shaders/index';
import { parseShader } from '../../src/engine/gpu/shader';
import { opFiles, strayVariants, unpaired } from '../support/opPlaces';
import { code, fake, tests } from './trees';

describe('one op, one stem, five places', () => {
  it('holds for every op', () => {
    expect(unpaired({ ...opFiles(code), ...opFiles(tests) })).toEqual([]);
  });

  it.each([
    ...['shaders/x.wgsl', 'src/engine/ops/x.ts', 'test/ops/x.test.ts'],
    ...['src/engine/selfTest/reference/x.ts', 'src/engine/selfTest/cases/x.ts'],
  ])('and %s alone is reported', (path) => {
    expect(unpaired(opFiles(fake({ [path]: '' })))).toHaveLength(4);
  });
});

describe('shaders', () => {
  const stems = [...shaderSources.keys()]
    .filter((path) => !path.includes('/'))
    .map((path) => path.replace('.wgsl', ''));

  it('are all there', () => {
    const onDisk = [...code.keys()]
      .filter((path) => path.endsWith('.wgsl'))
      .map((path) => path.slice('shaders/'.length));
    expect([...shaderSources.keys()].sort()).toEqual(onDisk.sort());
    expect(stems.length).toBeGreaterThan(0);
  });

  it.each(stems)('%s parses, and says first what it is for', (stem) => {
    expect(parseShader(stem, shaderSources).bindings.size).toBeGreaterThan(0);
    expect(shaderSources.get(`${stem}.wgsl`)).toMatch(/^\/\/ \S/);
  });

  it('that are malformed are refused', () => {
    const refused = (source: string): void => {
      expect(() => parseShader('x', new Map([['x.wgsl', source]]))).toThrow('shader x');
    };
    refused('#import lib/absent');
    refused('#include "lib/reduce"');
    refused('@group(0) @binding(0) var<uniform> params: Params;');
  });

  it('of a variant stand beside the plain one', () => {
    expect(strayVariants(code)).toEqual([]);
    const tree = fake({ 'shaders/x.wgsl': '', 'shaders/x.wide.wgsl': '', 'shaders/y.wide.wgsl': '' });
    expect(strayVariants(tree)).toEqual(['shaders/y.wide.wgsl is a variant, but there is no shaders/y.wgsl']);
  });

  it('in lib are imported by another', () => {
    expect(unusedLibraries(shaderSources)).toEqual([]);
    expect(unusedLibraries(new Map([['lib/lonely.wgsl', '']]))).toEqual(['lib/lonely.wgsl']);
  });
});

function unusedLibraries(sources: ReadonlyMap<string, string>): string[] {
  const text = [...sources.values()].join('\n');
  const used = (path: string): boolean =>
    new RegExp(`^\\s*#import\\s+${path.replace('.wgsl', '')}\\s*$`, 'm').test(text);
  return [...sources.keys()].filter((path) => path.startsWith('lib/') && !used(path));
}
