/** The engine's side of the stages: planned, run one at a time, paused and stopped; and whoever asks the models beside them. */
import type { Card } from './card';
import type { CheckpointShelf } from './checkpoint/folder';
import { createCheckpoints, openKeeping } from './checkpointsEngine';
import type { Datasets } from './datasets';
import type { Scratch } from './hub/scratch';
import type { InquiriesDoor } from './inquiry';
import { basesOf, type Models } from './modelsEngine';
import type { SelfTests } from './selfTests';
import type { StagesDoor } from './stagesDoor';
import type { StageEvent } from './studio';
import { StudioError } from './studioError';
import { chat } from './train/chat';
import { compareTokens, type TokenInquiry } from './train/compareTokens';
import { Control } from './train/control';
import { planMemory } from './train/planHints';
import { planInput } from './train/planInput';
import { parseRecipe } from './train/recipe';
import { rowsOf } from './train/rows';
import { runStage } from './train/runStage';
import type { Turns } from './turns';

export interface Held {
  readonly turns: Turns;
  readonly card: Card;
  readonly models: Models;
  readonly datasets: Datasets;
  readonly selfTests: SelfTests;
  /** A new file for what the card has no room for, undefined where there is none. */
  readonly scratch: () => Promise<Scratch | undefined>;
  readonly shelf: CheckpointShelf;
}

export function createStages({ turns, card, models, datasets, selfTests, scratch, shelf }: Held): StagesDoor {
  let plans = 0;

  /** The GPU tells of refused commands late: a run is over when it has done everything, and its refusals come first. */
  const settle = async (control: Control): Promise<void> => {
    await card.settled();
    turns.running = undefined;
    control.check();
  };

  return {
    ...createCheckpoints(shelf),
    /** A run, or a plan that was asked for later, goes first: this one gives up between two rows. */
    plan: async (json) => {
      turns.refuseWhileRunning();
      const recipe = parseRecipe(json);
      plans += 1;
      const number = plans;
      const heed = () => turns.yieldTo(() => number !== plans);
      const rows = rowsOf(datasets, recipe, { heed }, () => {});
      const input = await planInput({ ...both(models), gpu: card.gpu, recipe, rows });
      if (input) return planMemory(input);
      throw new StudioError('replanned', 'The plan was given up: a stage was started, or the recipe changed.');
    },
    run: async (stage, json, listen, keeping) => {
      turns.refuseWhileRunning();
      selfTests.refuseWhileRunning();
      turns.inquiries.refuse();
      turns.refuseWhileLoading();
      const asked = parseRecipe(json);
      let last: StageEvent = { type: 'phase', phase: 'tokenizing', done: 0, total: 1 };
      const emit = (event: StageEvent): void => {
        if (event.type === 'phase') last = event;
        listen(event);
      };
      const control = new Control((paused) =>
        listen(paused ? { type: 'phase', phase: 'paused', done: 0, total: 1 } : last),
      );
      turns.running = control;
      try {
        emit(last);
        // Before a checkpoint says with which kernels it goes on.
        await card.kernels.catchUp(basesOf(models));
        const checkpoints = keeping && (await openKeeping(shelf, card.kernels, keeping));
        const recipe = checkpoints?.resumed?.state.recipe ?? asked;
        const rows = rowsOf(datasets, recipe, control, emit);
        const context = { ...both(models), gpu: card.gpu, recipe, control, emit, rows, scratch, checkpoints };
        const result = await runStage(stage, context);
        if (keeping && !keeping.lasting && result.outcome === 'done') await shelf.remove(keeping.key);
        return result;
      } finally {
        await settle(control);
      }
    },
    pause: () => turns.running?.pause(),
    /** A stage that goes on needs the card for itself: whoever is asked meanwhile stops. */
    resume: () => {
      turns.inquiries.stop();
      turns.running?.resume();
    },
    stop: () => {
      turns.inquiries.stop();
      turns.running?.stop();
    },
  };
}

export function createInquiries({ turns, card, models, datasets }: Held): InquiriesDoor {
  const inquire = async <T>(work: (inquiry: TokenInquiry) => Promise<T>): Promise<T> => {
    turns.refuseWhileLoading();
    const { gpu } = card;
    return turns.inquiries.ask(gpu, turns.running, (control) => work({ gpu, models, data: datasets.data, control }));
  };
  return {
    chat: (request, listen) => inquire((inquiry) => chat(inquiry, request, listen)),
    stopChat: () => turns.inquiries.stop(),
    compareTokens: (request) => inquire((inquiry) => compareTokens(inquiry, request)),
  };
}

/** As a stage is given them: those of the moment in which it starts. */
function both({ teacher, student }: Models) {
  return { teacher, student };
}
