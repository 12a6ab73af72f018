/** Names of models that are taken home: every one that is let through can be a folder, and a file in it, on any disk. */
import { expect, it } from 'vitest';
import { modelNameProblem } from '../../src/ui/takeHome/names';

/** The longest ending that a file in the folder adds. */
const ending = '-BF16.gguf';
const bytesOf = (name: string) => new TextEncoder().encode(name + ending).length;

it.each(['sums', 'sums.v1', '王大丫丫', 'a', 'Q_', '7b-chat', '王'.repeat(80)])('lets %s through', (name) => {
  expect(modelNameProblem(name)).toBeUndefined();
  expect(bytesOf(name)).toBeLessThanOrEqual(255);
});

it.each(['../sums', 'a/b', 'a\\b', '.hidden', 'ends.', 'two words', 'a:b', '\u{1F600}', '王'.repeat(81)])(
  'refuses %s',
  (name) => {
    expect(modelNameProblem(name)).toBe('characters');
  },
);

it('asks for a name where there is none', () => {
  expect(modelNameProblem('')).toBe('empty');
});
