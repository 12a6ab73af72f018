// Model folders and adapters with one damaged file: they open, or are refused in words; nothing else ever comes out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { drawn } from '../support/fuzz';
import { type Change, textChanges } from '../support/safetensorsFiles';
import { adapter, model, openAdapter, openModel } from '../support/tinyFolders';

/** Deep enough that nothing which calls itself once per level comes back. */
const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const values = fc.oneof(
  fc.json({ maxDepth: 2 }),
  fc.constantFrom(deep, '{"toString":1,"valueOf":1}', '1e9', '9007199254740991', '1e400', `"${'x'.repeat(100_000)}"`),
);
const replacedValue = fc.tuple(fc.nat({ max: 60 }), values).map(
  ([which, value]): Change =>
    (text) => {
      const fields = [...text.matchAll(/(?<=":)("[^"]*"|[\d.]+|null|false|\[[^\]]*\])/g)];
      const found = fields[which % Math.max(1, fields.length)];
      return found ? text.slice(0, found.index) + value + text.slice(found.index + found[0].length) : text;
    },
);
const changes = fc.array(fc.oneof(textChanges, replacedValue), { minLength: 1, maxLength: 2 });

/** 'opened', or the code of the refusal. */
async function outcome(opening: Promise<unknown>): Promise<string> {
  const error = await opening.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error === undefined) return 'opened';
  if (!(error instanceof StudioError)) throw new Error(`not refused in words: ${error}`);
  expect(error.message.length).toBeLessThan(1000);
  return error.code;
}

describe.each([
  {
    what: 'a model',
    whole: model,
    open: openModel,
    least: ['opened', 'config-invalid', 'index-invalid', 'file-not-json'],
  },
  { what: 'an adapter', whole: adapter, open: openAdapter, least: ['opened', 'adapter-invalid', 'file-not-json'] },
])('$what', ({ whole, open, least }) => {
  const texts = Object.keys(whole).filter((name) => typeof whole[name] === 'string');

  it('opens as it is', async () => expect(await outcome(open(whole))).toBe('opened'));

  it('with a damaged file is opened, or refused in words', async () => {
    const seen = new Set<string>();
    const property = fc.asyncProperty(fc.constantFrom(...texts), changes, async (name, damage) => {
      const damaged = damage.reduce((text, change) => change(text), String(whole[name]));
      seen.add(await outcome(open({ ...whole, [name]: damaged })));
    });
    await fc.assert(property, drawn(1000));
    expect([...seen]).toEqual(expect.arrayContaining(least));
  });

  it.each(texts)('without %s, or with nothing in it, is refused or opened in words', async (name) => {
    const { [name]: _, ...rest } = whole;
    for (const files of [rest, { ...whole, [name]: '' }, { ...whole, [name]: deep }, { ...whole, [name]: 'null' }])
      await outcome(open(files));
  });
});

it('an error that is not in words would be caught', async () => {
  await expect(outcome(Promise.reject(new RangeError('no')))).rejects.toThrow('not refused in words: RangeError: no');
});
