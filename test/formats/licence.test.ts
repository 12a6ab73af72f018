// A licence as a folder on the disk states it: in its card, or by the text that lies there.
import { expect, it } from 'vitest';
import { frontMatter, isLegal, licenceOf, licenceOfText } from '../../src/engine/formats/licence';

it('of a folder is linked to as the file beside the card', () => {
  const card = frontMatter('---\nlicense: other\nlicense_name: mine\nlicense_link: LICENSE\n---\n');
  expect(licenceOf(card)).toEqual({ id: 'mine', link: 'LICENSE', commercial: true, ownTerms: true });
  expect(licenceOf({ license: 'unknown' })).toBeUndefined();
});

it.each([
  [
    '\n                                 Apache License\n                           Version 2.0, January 2004',
    'apache-2.0',
  ],
  ['MIT License\n\nCopyright', 'mit'],
])('of common words is known by its text', (text, id) => {
  expect(licenceOfText('LICENSE', text)).toEqual({ id, link: 'LICENSE', commercial: true });
});

it('of other words has its first line for a name', () => {
  const text = '\nQwen RESEARCH LICENSE AGREEMENT\n\nQwen RESEARCH LICENSE AGREEMENT Release Date';
  const id = 'Qwen RESEARCH LICENSE AGREEMENT';
  expect(licenceOfText('LICENSE', text)).toEqual({ id, link: 'LICENSE', commercial: false, ownTerms: true });
  expect(licenceOfText('LICENSE', ' \n')).toBeUndefined();
});

it('has files that go along, and others that do not', () => {
  expect(['LICENSE', 'License.txt', 'LICENCE.md', 'NOTICE', 'USE_POLICY.md'].every(isLegal)).toBe(true);
  expect(['README.md', 'LICENSE.py', 'config.json', 'model.safetensors', 'notices'].some(isLegal)).toBe(false);
});
