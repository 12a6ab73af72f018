/** Whom of the models one can ask, and when. Pure functions of the session. */
import { standsIn, usable } from './stages';
import type { Failure, SessionState, StageRecord, Subject } from './types';

type Facts = Pick<SessionState, 'gpu' | 'lost' | 'models' | 'stages'>;

/** Those that the engine holds now, in the order of the story. */
export function askable({ gpu, lost, models, stages }: Facts): readonly Subject[] {
  if (gpu.state !== 'open' || lost) return [];
  const { teacher, student } = models;
  const there: Readonly<Record<Subject, boolean>> = {
    'teacher-base': teacher.info !== undefined,
    'teacher-sft': learnt(stages.sft) || standsIn({ models }, 'sft'),
    'teacher-merged': usable(stages.merge),
    'student-base': student.info !== undefined,
    'student-distilled': learnt(stages.distill) || standsIn({ models }, 'distill'),
    'student-sft': learnt(stages.control),
  };
  return (Object.keys(there) as Subject[]).filter((subject) => there[subject]);
}

/** A run on its way has an adapter from its first step on. */
function learnt(record: StageRecord): boolean {
  return usable(record) || ((record.state === 'running' || record.state === 'paused') && record.steps > 0);
}

const answering: Failure = {
  code: 'answering',
  message: 'The models are being asked. Stop the answer, or wait for it to end.',
  detail: {},
};

const checking: Failure = {
  code: 'checking',
  message: 'A written model is being checked. Stop the check, or wait for it to end.',
  detail: {},
};

/** Said by whatever cannot begin while models are asked. */
export function asking(inquiry: NonNullable<SessionState['inquiry']>): Failure {
  return inquiry === 'check' ? checking : answering;
}

const computing: Failure = {
  code: 'busy-ask',
  message: 'A stage is computing. Pause it, or wait until it ends, then ask.',
  detail: {},
};

/** Why nobody can be asked now. */
export function notNow(state: Pick<SessionState, 'inquiry' | 'running' | 'stages'>): Failure | undefined {
  if (state.inquiry) return asking(state.inquiry);
  return state.running !== undefined && state.stages[state.running].state !== 'paused' ? computing : undefined;
}

type Learnt = Pick<SessionState, 'models' | 'stages' | 'running' | 'phase'>;

/** Differs when the models do: what was seen of them is then of models that are no more. */
export function modelsNow({ models, stages, running, phase }: Learnt): string {
  const slots = Object.values(models).map(({ info, adapter }) => [info?.name, info?.parameters, adapter?.name]);
  const records = [stages.sft, stages.merge, stages.distill, stages.control].map(({ steps, milliseconds }) => [
    ...[steps, milliseconds],
  ]);
  const training = running === 'sft' || running === 'distill' || running === 'control';
  return JSON.stringify([slots, records, training ? phase?.done : 0]);
}
