/** Files are short and promise nothing; dictionaries say the same. */
import { describe, expect, it } from 'vitest';
import { en } from '../../src/ui/i18n/en';
import { zh } from '../../src/ui/i18n/zh';
import type { Tree } from '../support/imports';
import { code, fake, tests } from './trees';

describe('files', () => {
  const longest = 300;
  const promise = /\b(TO[D]O|FIX[M]E)\b/;

  it(`have at most ${longest} lines`, () => {
    // A dictionary is a list: it grows by lines, and nobody reads it from top to bottom.
    const read = new Map([...code, ...tests].filter(([path]) => !/^src\/ui\/i18n\/(en|zh)\.ts$/.test(path)));
    expect(tooLong(read, longest)).toEqual([]);
    expect(tooLong(fake({ 'src/a.ts': '\n'.repeat(longest + 1) }), longest)).toHaveLength(1);
  });

  it('hold no promises', () => {
    const promises = [...code, ...tests].filter(([, text]) => promise.test(text)).map(([path]) => path);
    expect(promises).toEqual([]);
    expect(promise.test(`// ${'TO'}DO later`)).toBe(true);
  });
});

describe('dictionaries', () => {
  it('say the same things in English and Chinese', () => {
    expect(differing(en, zh)).toEqual([]);
  });

  it('that differ are reported', () => {
    expect(differing({ a: 'one', b: 'two' }, { a: '一' })).toEqual(['b']);
    expect(differing({ a: 'one' }, { a: '一', b: '二' })).toEqual(['b']);
    expect(differing({ a: '{{count}} rows' }, { a: '{{n}} 行' })).toEqual(['a']);
    expect(differing({ a: 'one' }, { a: '' })).toEqual(['a']);
  });
});

function tooLong(tree: Tree, limit: number): string[] {
  return [...tree].filter(([, text]) => text.split('\n').length - 1 > limit).map(([path]) => path);
}

type Dictionary = Readonly<Record<string, string>>;

/** Keys that one side lacks, leaves empty, or fills with other values than the other side. */
function differing(one: Dictionary, other: Dictionary): string[] {
  const values = (text = ''): string => [...new Set(text.match(/\{\{\w+\}\}/g))].sort().join();
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (key) => !one[key] || !other[key] || values(one[key]) !== values(other[key]),
  );
}
