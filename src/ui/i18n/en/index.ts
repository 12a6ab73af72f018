/** Every sentence of the page in English, by area. The other languages must have the same keys: a missing one is a type error. */
import { charts } from './charts';
import { check } from './check';
import { data } from './data';
import { dataset } from './dataset';
import { diagnostics } from './diagnostics';
import { errors } from './errors';
import { exports } from './exports';
import { inside } from './inside';
import { memory } from './memory';
import { models } from './models';
import { offline } from './offline';
import { page } from './page';
import { presets } from './presets';
import { push } from './push';
import { results } from './results';
import { run } from './run';
import { runs } from './runs';
import { settings } from './settings';
import { stages } from './stages';
import { stations } from './stations';
import { takeHome } from './takeHome';
import { tryOut } from './tryOut';
import { vouching } from './vouching';

export const en = {
  ...page,
  ...offline,
  ...stages,
  ...stations,
  ...run,
  ...runs,
  ...charts,
  ...data,
  ...dataset,
  ...models,
  ...inside,
  ...memory,
  ...settings,
  ...results,
  ...diagnostics,
  ...errors,
  ...takeHome,
  ...exports,
  ...vouching,
  ...check,
  ...tryOut,
  ...presets,
  ...push,
};

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;
