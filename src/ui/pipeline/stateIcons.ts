/** A sign for every state of a stage; the word beside it carries the meaning. */
import type { StageState } from '../../store';
import type { IconName } from '../shared/Icon';

export const stateIcons: Readonly<Record<StageState | 'blocked', IconName>> = {
  idle: 'circle',
  blocked: 'lock',
  running: 'play',
  paused: 'pause',
  done: 'check',
  stopped: 'stop',
  failed: 'warning',
  interrupted: 'warning',
  past: 'reset',
};
