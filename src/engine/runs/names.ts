/** The names that kept runs are made of, as lists: what is read back may hold no other. */
import type { AdapterArtifact, Artifact, Split, Stage } from '../studio';

export const stageNames = ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'] as const satisfies Stage[];

export const splitNames = ['train', 'test'] as const satisfies Split[];

export const adapterNames = [
  'teacher-adapter',
  'student-adapter',
  'control-adapter',
] as const satisfies AdapterArtifact[];

export const artifactNames = [
  ...adapterNames,
  'teacher-merged',
  'student-distilled',
] as const satisfies readonly Artifact[];

/** What each stage leaves to take home. */
export const artifactsOf: Readonly<Partial<Record<Stage, readonly Artifact[]>>> = {
  sft: ['teacher-adapter'],
  merge: ['teacher-merged'],
  distill: ['student-adapter', 'student-distilled'],
  control: ['control-adapter'],
};
