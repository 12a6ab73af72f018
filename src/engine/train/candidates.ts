/** Who can be asked: the models as they were loaded, and what the stages have made of them. */
import { adapterFor, type LoadedModel, type Trained } from '../model/loaded';
import type { Role, Subject } from '../studio';
import { StudioError } from '../studioError';
import { type Candidate, need } from './context';

export type Models = Readonly<Partial<Record<Role, LoadedModel>>>;

export interface Found extends Candidate {
  readonly loaded: LoadedModel;
}

/** Throws a StudioError: `no-model`, or `subject-missing` when no stage has made it yet. */
export function candidateOf(models: Models, subject: Subject): Found {
  const role: Role = subject.startsWith('teacher') ? 'teacher' : 'student';
  const loaded = need(models[role], role);
  const candidate = found[subject](loaded);
  if (candidate) return { loaded, ...candidate };
  const message = `There is no "${subject}" to ask: the stage that makes it has not run.`;
  throw new StudioError('subject-missing', message, { subject });
}

const base = (loaded: LoadedModel): Candidate => ({ model: loaded.base, adapter: undefined });

const adapted =
  (what: Trained) =>
  (loaded: LoadedModel): Candidate | undefined => {
    const adapter = adapterFor(loaded, what);
    return adapter && { model: loaded.base, adapter: adapter.value };
  };

const found: Readonly<Record<Subject, (loaded: LoadedModel) => Candidate | undefined>> = {
  'teacher-base': base,
  'teacher-sft': adapted('sft'),
  'teacher-merged': ({ merged }) => merged && { model: merged.value, adapter: undefined },
  'student-base': base,
  'student-distilled': adapted('distill'),
  'student-sft': adapted('control'),
};
