/** What of a job's events its journal keeps: all that reports and the record of the run are made from. */
import * as v from 'valibot';
import { keptEvent } from '../engine/checkpoint/events';
import { mergeReport, number } from '../engine/runs/facts';
import { artifactNames, stageNames } from '../engine/runs/names';
import type { JobEvent } from './run';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const artifact = v.picklist(artifactNames);
const stage = v.picklist(stageNames);

/** Of a plan nothing is read but its bytes; a report shows the rest as it is. */
const plan = v.looseObject({ bytes: number });
const stageEvent = v.variant('type', [
  ...keptEvent.options,
  v.object({ type: v.literal('merged'), report: mergeReport }),
  v.object({ type: v.literal('plan'), plan }),
  v.object({ type: v.literal('held'), held: v.object({ tensors: number, others: number }) }),
]);

const event = v.variant('type', [
  v.object({ type: v.literal('stage'), stage, event: stageEvent }),
  v.object({
    ...{ type: v.literal('stage-end'), stage, seconds: number },
    result: v.object({ outcome: v.picklist(['done', 'stopped']), steps: count }),
  }),
  v.object({
    ...{ type: v.literal('saved'), artifact, folder: v.string() },
    files: v.array(v.object({ name: v.string(), bytes: count })),
  }),
  v.object({ type: v.literal('vouched'), artifact, report: v.looseObject({ verdict: v.string() }) }),
  v.object({ type: v.literal('not-vouched'), artifact, form: v.string(), reason: v.string() }),
]);

const kept = new Set(['step', 'work', 'evaluation', 'merged', 'plan', 'held']);

export function isNoted(event: JobEvent): boolean {
  if (event.type === 'stage') return kept.has(event.event.type);
  return ['stage-end', 'saved', 'vouched', 'not-vouched'].includes(event.type);
}

/** Plans and reports of the second engine are shown as they were written: nothing is computed from them. */
export const notedEvents = v.array(
  v.pipe(
    event,
    v.transform((noted) => noted as JobEvent),
  ),
);
