/** A person's own rows and what was changed of them, as they are kept between two visits. */
import * as v from 'valibot';
import type { HeldRows, RowChanges } from './held';

const text = v.optional(v.string());
const mapping = v.object({
  ...{ question: v.string(), answer: v.string(), input: text, system: text, header: v.optional(v.boolean()) },
});
const file = v.object({ name: v.string(), file: v.instance(Blob) });
const rows = v.object({ name: v.string(), files: v.array(file), mapping: v.optional(mapping) });

const message = v.object({ role: v.picklist(['system', 'user', 'assistant']), content: v.string() });
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const place = { file: text, line: count };
const example = v.object({ ...place, messages: v.array(message), question: v.string(), answer: v.string() });
const change = v.object({ place: v.object(place), row: v.undefinedable(example) });
const split = v.picklist(['train', 'test']);
const edit = v.object({ split, changes: v.array(change), before: v.array(change) });
const changes = v.object({
  division: v.undefinedable(
    v.object({ share: v.pipe(v.number(), v.minValue(0), v.maxValue(1)), seed: count, edits: v.array(edit) }),
  ),
  edits: v.object({ done: v.array(edit), undone: v.array(edit) }),
});

export const unchanged: RowChanges = { division: undefined, edits: { done: [], undone: [] } };

export function readRows(value: unknown): Omit<HeldRows, 'demo'> | undefined {
  const result = v.safeParse(rows, value);
  return result.success ? result.output : undefined;
}

/** What cannot be read is as if nothing had been changed. */
export function readChanges(value: unknown): RowChanges {
  const result = v.safeParse(changes, value);
  return result.success ? result.output : unchanged;
}
