/** The engine's side of the models: loaded, and adapters put on them and taken off. */
import type { Card } from './card';
import { firstDifference } from './data/sameTokens';
import { openFolder } from './formats/folder';
import type { BaseLicences } from './hub/baseLicences';
import type { Hub } from './hub/hub';
import { discardInitial, loadInitial, restoreTrained } from './model/initial';
import { discard, type LoadedModel, loadModel, unload } from './model/loaded';
import type { ModelsDoor } from './modelsDoor';
import type { Role } from './studio';
import { need } from './train/context';
import type { Turns } from './turns';

/** Those that are loaded, with what was trained of them; the same object for whoever needs them. */
export type Models = Partial<Record<Role, LoadedModel>>;

export function createModels(turns: Turns, card: Card, models: Models, hub: Hub, licences: BaseLicences): ModelsDoor {
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
        const { name } = source;
        const folder =
          source.kind === 'stored' ? { kind: 'files' as const, name, files: await hub.files(source.key) } : source;
        const loaded = await loadModel(card.gpu, folder);
        await card.kernels.prepare(loaded.base);
        // Without its card a model can be used, and what is made from it pushed: its licence is then said to be unknown.
        await licences.learn(
          name,
          await openFolder(folder)
            .optional('README.md')
            .catch(() => undefined),
        );
        const before = models[role];
        models[role] = loaded;
        // The new model is whole before the old one goes.
        if (before) unload(before);
        forgetTaught(role);
        return { ...loaded.info, mismatch: mismatch() };
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
