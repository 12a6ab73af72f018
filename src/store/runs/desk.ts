/** What lies on the page between two visits: models, rows, settings, and the run that the results belong to. */
import * as v from 'valibot';
import { demoValues, type KeptSource, modelSource, recipe } from '../../engine/runs/record';
import type { ModelSource, SessionState } from '../types';
import type { Held } from './held';

const rows = v.object({ name: v.string(), demo: v.boolean() });

const schema = v.object({
  version: v.literal(1),
  models: v.object({ teacher: v.optional(modelSource), student: v.optional(modelSource) }),
  rows: v.object({ train: v.optional(rows), test: v.optional(rows) }),
  recipe,
  demoValues,
  includeControl: v.boolean(),
  run: v.optional(v.string()),
});

export type Desk = v.InferOutput<typeof schema>;

export function readDesk(value: unknown): Desk | undefined {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}

type Facts = Pick<SessionState, 'recipe' | 'demoValues' | 'includeControl'>;

export function deskOf({ recipe, demoValues, includeControl }: Facts, held: Held, run: string | undefined): Desk {
  const { models, rows } = held;
  const nameOf = (split: 'train' | 'test') => rows[split] && { name: rows[split].name, demo: rows[split].demo };
  return {
    version: 1,
    models: {
      teacher: models.teacher && sourceOf(models.teacher.source, models.teacher.demo),
      student: models.student && sourceOf(models.student.source, models.student.demo),
    },
    rows: { train: nameOf('train'), test: nameOf('test') },
    recipe,
    demoValues: [...demoValues],
    includeControl,
    run,
  };
}

/** A folder from the disk cannot be opened again without the person: only its name is kept. */
export function sourceOf(source: ModelSource, demo: boolean): KeptSource {
  if (demo) return { kind: 'demo' };
  if (source.kind === 'stored') return { kind: 'stored', key: source.key, name: source.name };
  return { kind: 'files', name: source.name };
}
