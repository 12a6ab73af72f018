/** The recipe as a file: out as a document that the headless studio runs once its paths are right, and in again. */
import { MOST, textWithin } from '../engine/bounded';
import { allStages, recipeDocument } from '../engine/takeHome/recipeFile';
import { importRecipe } from '../engine/train/document';
import { toFailure } from '../worker/failure';
import type { SessionStore } from './session';
import type { SessionState } from './types';

type Facts = Pick<SessionState, 'recipe' | 'models' | 'data' | 'includeControl' | 'shardMegabytes'>;

/** `schema` is the address of the JSON schema. Names of models and rows stand where their paths belong. */
export function exportRecipe(state: Facts, schema: string): string {
  const { recipe, models, data, includeControl, shardMegabytes } = state;
  const names = {
    teacher: models.teacher.info?.name,
    student: models.student.info?.name,
    teacherAdapter: models.teacher.adapter?.name,
    studentAdapter: models.student.adapter?.name,
    train: data.train.dataset?.name,
    test: data.test.dataset?.name,
  };
  return `${JSON.stringify(recipeDocument(schema, names, recipe, allStages(includeControl), shardMegabytes), null, 2)}\n`;
}

/** True when every setting now is the file's. A file that cannot be used changes nothing, and the page says why. */
export async function takeRecipe(store: SessionStore, file: File): Promise<boolean> {
  const { running, runningAll, notify, setRecipe } = store.getState();
  try {
    if (running !== undefined || runningAll) {
      notify({ code: 'busy-import', message: 'Settings are locked while a stage runs.', detail: {} });
      return false;
    }
    setRecipe(importRecipe(file.name, await textWithin(file, file.name, MOST.config)));
    return true;
  } catch (error) {
    notify(toFailure(error));
    return false;
  }
}
