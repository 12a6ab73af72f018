/** The engine's side of the models: loaded, and adapters put on them and taken off. */
import type { Card } from './card';
import { firstDifference } from './data/sameTokens';
import type { BaseLicences } from './hub/baseLicences';
import type { Hub } from './hub/hub';
import type { Lookout } from './lookout';
import { discardInitial, loadInitial, restoreTrained } from './model/initial';
import { discard, type LoadedModel, loadModel, unload } from './model/loaded';
import type { Model } from './model/weights';
import type { FolderSource, ModelOrigin, ModelSource, ModelsDoor } from './modelsDoor';
import type { Role } from './studio';
import { need } from './train/context';
import type { Turns } from './turns';

/** Those that are loaded, with what was trained of them; the same object for whoever needs them. */
export type Models = Partial<Record<Role, LoadedModel>>;

/** As they were loaded, without adapters. */
export function basesOf(models: Models): readonly Model[] {
  return Object.values(models).map(({ base }) => base);
}

export function createModels(
  turns: Turns,
  card: Card,
  models: Models,
  hub: Hub,
  licences: BaseLicences,
  lookout: Lookout,
): ModelsDoor {
  const mismatch = () => {
    const { teacher, student } = models;
    return teacher && student && firstDifference(teacher.tokenizer, student.tokenizer);
  };

  /** What the student has learnt from another teacher does not stand in for what it will learn from this one. */
  const forgetTaught = (role: Role): void => {
    if (role === 'teacher' && models.student) discard(models.student, 'distill');
  };

  return {
    loadModel: (role, source) =>
      turns.load(async () => {
        const { folder, origin } = await found(hub, source);
        const loaded = await loadModel(card.gpu, folder, origin, lookout);
        await card.kernels.prepare(loaded.base);
        licences.learn(source.name, loaded.info.origin?.licence);
        const before = models[role];
        models[role] = loaded;
        // The new model is whole before the old one goes.
        if (before) unload(before);
        forgetTaught(role);
        return { ...loaded.info, mismatch: mismatch() };
      }),
    closeModel: (role) =>
      turns.load(async () => {
        const model = models[role];
        if (!model) return;
        delete models[role];
        unload(model);
        forgetTaught(role);
        if (!models.teacher && !models.student) card.gpu.destroy();
      }),
    loadAdapter: (role, source) =>
      turns.load(async () => {
        const model = need(models[role], role);
        const info = await loadInitial(card.gpu, model, source);
        forgetTaught(role);
        return info;
      }),
    discardAdapter: (role) =>
      turns.load(async () => {
        discardInitial(need(models[role], role));
        forgetTaught(role);
      }),
    restoreResult: (artifact, source, steps) =>
      turns.load(() => restoreTrained(card.gpu, models, artifact, source, steps)),
  };
}

/** The Hub that a model was fetched from says more about it than its files. */
async function found(
  hub: Hub,
  source: ModelSource,
): Promise<{ readonly folder: FolderSource; readonly origin: ModelOrigin | undefined }> {
  if (source.kind !== 'stored') return { folder: source, origin: undefined };
  const { name, key } = source;
  return { folder: { kind: 'files', name, files: await hub.files(key) }, origin: await hub.origin(key) };
}
