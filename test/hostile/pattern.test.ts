// Expressions that come with shared recipes and adapters: what is found is what JavaScript's own finds, in a time that the text bounds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/engine/pattern';
import { effortOf, HANG } from '../support/effort';
import { drawn } from '../support/fuzz';

const atoms = ['a', 'b', '.', '\\d', '\\w', '[ab]', '[^a]', '\\p{L}', '\\u{61}', '\\.', '1', ' '];
const leaf = fc.constantFrom(...atoms, '^', '$', '\\b', '\\B', '');
const counts = fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,2}?', '{1,}', '{0}');

const { expression } = fc.letrec<{ expression: string; part: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?<n>'), tie('expression'), counts)
      .map(([open, body, count]) => `${open}${body})${count}`),
    fc.tuple(fc.constantFrom('(?=', '(?!', '(?<=', '(?<!'), tie('expression')).map(([open, body]) => `${open}${body})`),
    fc.tuple(fc.constantFrom(...atoms), counts).map(([atom, count]) => atom + count),
  ),
  expression: fc.oneof(
    fc.array(tie('part'), { maxLength: 3 }).map((parts) => parts.join('')),
    fc.array(tie('part'), { minLength: 2, maxLength: 3 }).map((parts) => parts.join('|')),
  ),
}));
const texts = fc.string({ unit: fc.constantFrom(...'ab1 .\né😀'), maxLength: 7 });

/**
 * JavaScript's own, undefined where it refuses the expression. Tried at every character: left to itself V8 finds empty places
 * between the halves of a surrogate pair, where no character begins.
 */
function native(source: string, flags: string): ((text: string) => boolean) | undefined {
  try {
    const own = new RegExp(source, `${flags}y`);
    return (text) => {
      const places = [0];
      for (const char of flags === 'u' ? text : text.split('')) places.push(places.at(-1)! + char.length);
      return places.some((at) => {
        own.lastIndex = at;
        return own.test(text);
      });
    };
  } catch {
    return undefined;
  }
}

type Compile = typeof compilePattern;

function agrees(compile: Compile): fc.IPropertyWithHooks<[string, string, '' | 'u']> {
  return fc.property(expression, texts, fc.constantFrom('', 'u' as const), (source, text, flags) => {
    const own = native(source, flags);
    fc.pre(own !== undefined);
    expect(compile(source, flags).test(text)).toBe(own(text));
  });
}

describe('what is found', () => {
  it('is what JavaScript finds', () => {
    fc.assert(agrees(compilePattern), drawn(6000));
  });

  // Each is the search with one thing wrong.
  it.each<[string, Compile]>([
    ['finds everything', () => ({ test: () => true })],
    ['forgets where a text begins', (source, flags) => compilePattern(source.replace('^', ''), flags)],
    [
      'looks behind where it should look ahead',
      (source, flags) => compilePattern(source.replace('(?=', '(?<='), flags),
    ],
    ['repeats once at least', (source, flags) => compilePattern(source.replace('*', '+'), flags)],
  ])('and a search that %s would be caught', (_, compile) => {
    expect(fc.check(agrees(compile), { ...drawn(6000), endOnFailure: true }).failed).toBe(true);
  });

  it.each([
    ['^[\\]a-c]+\\/$', 'b]/', 'u' as const],
    ['\\ud83d\\ude00{2}', '😀😀', 'u' as const],
    ['x{,3}', 'x{,3}', '' as const],
    ['a\\-b\\_', 'a-b_', '' as const],
    ['\\x41\\u0042\\cJ\\t', 'AB\n\t', 'u' as const],
    ['\\u{41}', 'u'.repeat(41), '' as const],
  ])('%s in %s', (source, text, flags) => {
    expect(compilePattern(source, flags).test(text)).toBe(true);
    expect(compilePattern(source, flags).test('')).toBe(false);
  });

  it('has a bound whatever is asked', () => {
    for (const source of ['(a)\\1', '(?<x>a)\\k<x>', '(?:a{21}){100}', '(', 'a{1000000}'])
      expect(() => compilePattern(source, 'u'), source).toThrow();
  });
});

describe('expressions that are made to hurt', () => {
  const long = 'a'.repeat(4000);
  it.each([
    ['(a+)+$', `${long}b`, false],
    ['(?:a|a)*b', long, false],
    ['(a*)*(a*)*(a*)*b', long, false],
    ['(?:|){30}x', '', false],
    ['^(?!(a+)+$)', `${long}b`, true],
    ['(?<=^(?:a|aa)+)b$', `${long}b`, true],
    ['(?:.*.*.*.*=)+', long, false],
    ['(?:[^x]{0,90}x){9}$', long, false],
    ['(?:.{0,950}x)$', long, false],
    ['(?:a*){950}x', long, false],
    ['(?:(?=(?:(?=x.{600})){600}x)){600}', long, false],
    ['(?:(?!(?:(?<!x.{600})){600}x)){600}x', long, false],
  ])('%s', (source, text, found) => {
    const effort = effortOf(() => expect(compilePattern(source, 'u').test(text)).toBe(found));
    expect(effort).toBeLessThan(HANG);
  });

  it('none is repeated for nothing, not even on no text', () => {
    const effort = effortOf(() => compilePattern('(?:(?=(?:(?=(?:(?=x)){400}y)){400}z)){400}', 'u').test(''));
    expect(effort).toBeLessThan(HANG);
  });
});
