/** Conversations: what a person says, what each model answers to its own history, and how answers are drawn. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { askable, notNow } from './ask';
import type { Session, SessionStore } from './session';
import type { ChatEvent, ChatReply, Message, Recipe, Subject } from './types';

export interface TalkAnswer extends Omit<ChatReply, 'subject' | 'ended'> {
  readonly state: 'waiting' | 'answering' | 'failed' | NonNullable<ChatReply['ended']>;
}

export interface Turn {
  readonly question: string;
  readonly answers: Readonly<Partial<Record<Subject, TalkAnswer>>>;
}

export interface TalkSettings {
  /** Undefined: the recipe's. */
  readonly system: string | undefined;
  /** False: always the most likely token. */
  readonly sampled: boolean;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly maxNewTokens: number;
}

export interface TalkState {
  readonly turns: readonly Turn[];
  /** What a person has chosen; the others are as `asked` says. */
  readonly chosen: Readonly<Partial<Record<Subject, boolean>>>;
  readonly settings: TalkSettings;
  /** What is being written. */
  readonly draft: string;
}

export interface Talk {
  readonly talk: StoreApi<TalkState>;
  /** False when nobody could be asked, which the page then says: the question is still the person's. */
  say(question: string): Promise<boolean>;
  stopAnswer(): void;
  newConversation(): void;
}

const settings: TalkSettings = {
  ...{ system: undefined, sampled: false, temperature: 0.7, topK: 20, topP: 0.8, seed: 42, maxNewTokens: 256 },
};

const waiting: TalkAnswer = { text: '', tokens: 0, firstMilliseconds: undefined, milliseconds: 0, state: 'waiting' };

/** Of those that there are: the adapter is left out beside the merged teacher, which says the same, and the control run. */
export function asked(there: readonly Subject[], chosen: TalkState['chosen']): readonly Subject[] {
  const silent: readonly Subject[] = [
    'student-sft',
    ...(there.includes('teacher-merged') ? ['teacher-sft' as const] : []),
  ];
  return there.filter((subject) => chosen[subject] ?? !silent.includes(subject));
}

export function createTalk(store: SessionStore, client: () => EngineClient): Talk {
  const talk = createStore<TalkState>()(() => ({ turns: [], chosen: {}, settings, draft: '' }));

  const setLast = (change: (turn: Turn) => Turn): void =>
    talk.setState(({ turns }) => ({ turns: turns.map((turn, i) => (i === turns.length - 1 ? change(turn) : turn)) }));

  const hear = ({ subject, added, ended, ...measured }: ChatEvent): void =>
    setLast((turn) => {
      const { text } = turn.answers[subject] ?? waiting;
      const answer: TalkAnswer = { ...measured, text: text + added, state: ended ?? 'answering' };
      return { ...turn, answers: { ...turn.answers, [subject]: answer } };
    });

  /** Those that have not ended by themselves. */
  const endAll = (state: 'stopped' | 'failed'): void =>
    setLast(({ question, answers }) => {
      const open = Object.entries(answers).filter(([, one]) => one.state === 'waiting' || one.state === 'answering');
      return {
        question,
        answers: { ...answers, ...Object.fromEntries(open.map(([who, one]) => [who, { ...one, state }])) },
      };
    });

  /** What nobody has begun to answer was not said. */
  const takeBack = (): boolean => {
    const { turns } = talk.getState();
    const begun = Object.values(turns.at(-1)?.answers ?? {}).some(({ tokens }) => tokens > 0);
    if (!begun) talk.setState({ turns: turns.slice(0, -1) });
    return !begun;
  };

  return {
    talk,
    say: async (question) => {
      const session = store.getState();
      const { turns, chosen, settings: how } = talk.getState();
      const subjects = asked(askable(session), chosen);
      const refusal = subjects.length === 0 ? nobody : notNow(session);
      if (refusal) {
        session.notify(refusal);
        return false;
      }
      const asks = subjects.map((subject) => ({
        subject,
        messages: messagesFor(subject, turns, question, how, session),
      }));
      const answers = Object.fromEntries(subjects.map((subject) => [subject, waiting]));
      talk.setState({ turns: [...turns, { question, answers }] });
      session.setInquiry('talk');
      try {
        await client().chat({ asks, recipe: recipeFor(session.recipe, how) }, hear);
        endAll('stopped');
        return true;
      } catch (error) {
        const failure = toFailure(error);
        if (failure.code !== 'worker-closed') session.notify(failure);
        endAll('failed');
        return !takeBack();
      } finally {
        session.setInquiry(undefined);
      }
    },
    stopAnswer: () => {
      if (store.getState().inquiry === 'talk') client().stopChat();
    },
    newConversation: () => {
      // What is being answered belongs to this one.
      if (store.getState().inquiry !== 'talk') talk.setState({ turns: [] });
    },
  };
}

const nobody = { code: 'nobody-asked', message: 'Choose at least one model to talk to.', detail: {} };

/** Turns that this one has not answered are none of its conversation. */
function messagesFor(
  subject: Subject,
  turns: readonly Turn[],
  question: string,
  { system }: TalkSettings,
  { recipe }: Pick<Session, 'recipe'>,
): readonly Message[] {
  const prompt = system ?? recipe.systemPrompt;
  const before = turns.flatMap((turn): Message[] => {
    const said = turn.answers[subject]?.text;
    if (!said) return [];
    return [
      { role: 'user', content: turn.question },
      { role: 'assistant', content: said },
    ];
  });
  const first: readonly Message[] = prompt === '' ? [] : [{ role: 'system', content: prompt }];
  return [...first, ...before, { role: 'user', content: question }];
}

function recipeFor(recipe: Recipe, { sampled, temperature, topK, topP, seed, maxNewTokens }: TalkSettings): Recipe {
  const drawn = sampled ? { temperature, topK, topP } : { temperature: 0 };
  return {
    ...recipe,
    ...(sampled ? { seed } : {}),
    generation: { ...recipe.generation, ...drawn },
    evaluation: { ...recipe.evaluation, maxNewTokens },
  };
}
