/** What a file, a model or a Hub says is only ever text: nowhere is it read as markup or as a program. */
import { expect, it } from 'vitest';
import { code, containing, fake } from './trees';

const markup =
  /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|srcdoc|createContextualFragment|DOMParser)\b|\bdocument\s*\.\s*write/;
const program =
  /(?<!\|)\beval\s*\(|\bFunction\s*\(|\bset(Timeout|Interval)\s*\(\s*['"`]|['"`]\s*(javascript|data:text)\s*:/;
const inSource = (path: string): boolean => path.startsWith('src/');

it('nothing becomes markup', () => {
  expect(containing(code, markup, inSource)).toEqual([]);
  for (const text of [
    '<p dangerouslySetInnerHTML={{ __html: row.answer }} />',
    'place.innerHTML = answer;',
    "place.insertAdjacentHTML('beforeend', answer);",
    'document.write(answer);',
    'new DOMParser().parseFromString(card, type)',
  ])
    expect(containing(fake({ 'src/ui/a.tsx': text }), markup, inSource), text).toHaveLength(1);
});

it('nothing becomes a program', () => {
  expect(containing(code, program, inSource)).toEqual([]);
  for (const text of [
    'eval(rule)',
    "new Function('row', rule)",
    'setTimeout("go()", 1)',
    "<a href={'javascript:' + x}>",
  ])
    expect(containing(fake({ 'src/ui/a.tsx': text }), program, inSource), text).toHaveLength(1);
  expect(containing(fake({ 'src/ui/a.tsx': 'setTimeout(over, 1); evaluate(model)' }), program, inSource)).toEqual([]);
});
