/** A written model in transformers.js, to talk to: opened in a worker of its own, and everything that it took goes with that. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { TryOut } from '../engine/vouch/second';
import { toFailure } from '../worker/failure';
import type { OpenTryOut } from '../worker/second/client';
import type { Exports } from './exports';
import { exportKey, sourceOf } from './secondEngine';
import type { SessionStore } from './session';
import type { TalkAnswer } from './talk';
import type { Exported, Failure, Message, OnnxForm, SecondBackend, StreamedText } from './types';

export interface TryChoice {
  readonly form: OnnxForm;
  readonly backend: SecondBackend;
}

/** What is open or on its way. */
export interface Tried extends TryChoice {
  /** Of the written model (`exportKey`). */
  readonly of: string;
  readonly name: string;
  readonly state: 'loading' | 'open' | 'answering';
  readonly read: { readonly bytes: number; readonly total: number } | undefined;
}

export interface TryTurn {
  readonly question: string;
  readonly answer: TalkAnswer;
}

export interface TryState {
  readonly tried: Tried | undefined;
  readonly turns: readonly TryTurn[];
  /** Undefined: the recipe's. */
  readonly system: string | undefined;
  /** Undefined: the recipe's. */
  readonly maxNewTokens: number | undefined;
  /** What is being written. */
  readonly draft: string;
  /** Why it could not be opened, or did not answer. */
  readonly failed: { readonly of: string; readonly failure: Failure } | undefined;
}

export interface Trying {
  readonly trying: StoreApi<TryState>;
  /** In place of the one that is open. */
  openTry(exported: Exported, choice: TryChoice): Promise<void>;
  /** False when nothing could be asked: the question is still the person's. */
  tryAsk(question: string): Promise<boolean>;
  stopTry(): void;
  newTry(): void;
  /** Ends the worker, whatever it does: its memory is given back. */
  closeTry(): void;
}

/** The client of the worker is small, but nobody needs it at first. */
const openLater: OpenTryOut = async (...asked) => (await import('../worker/second/client')).openTryOut(...asked);

const waiting: TalkAnswer = { text: '', tokens: 0, firstMilliseconds: undefined, milliseconds: 0, state: 'waiting' };

export function createTrying(
  store: SessionStore,
  { exportFiles }: Pick<Exports, 'exportFiles'>,
  open: OpenTryOut = openLater,
): Trying {
  const trying = createStore<TryState>()(() => ({
    ...{ tried: undefined, turns: [], draft: '', failed: undefined },
    ...{ system: undefined, maxNewTokens: undefined },
  }));
  let engine: TryOut | undefined;
  let opening = new AbortController();

  const setTried = (change: Partial<Tried>): void =>
    trying.setState(({ tried }) => ({ tried: tried && { ...tried, ...change } }));

  const setAnswer = (change: (answer: TalkAnswer) => TalkAnswer): void =>
    trying.setState(({ turns }) => ({
      turns: turns.map((turn, i) => (i === turns.length - 1 ? { ...turn, answer: change(turn.answer) } : turn)),
    }));

  const hear = ({ added, ended, ...measured }: StreamedText): void =>
    setAnswer(({ text }) => ({ ...measured, text: text + added, state: ended ?? 'answering' }));

  const closeTry = (): void => {
    opening.abort();
    void engine?.close();
    engine = undefined;
    trying.setState({ tried: undefined });
  };

  const openTry: Trying['openTry'] = async (exported, choice) => {
    closeTry();
    opening = new AbortController();
    const { signal } = opening;
    const of = exportKey(exported);
    const tried: Tried = { ...choice, of, name: exported.name, state: 'loading', read: undefined };
    trying.setState({ tried, turns: [], failed: undefined });
    try {
      const folder = sourceOf(exported.name, await exportFiles(exported));
      const progress = (bytes: number, total: number): void => {
        if (!signal.aborted) setTried({ read: { bytes, total } });
      };
      const opened = await open({ ...choice, folder }, { progress, signal });
      if (signal.aborted) return void opened.close();
      engine = opened;
      setTried({ state: 'open' });
    } catch (error) {
      // Given up by the person, or for another one.
      if (!signal.aborted) trying.setState({ tried: undefined, failed: { of, failure: toFailure(error) } });
    }
  };

  const tryAsk: Trying['tryAsk'] = async (question) => {
    const { tried } = trying.getState();
    const asked = engine;
    if (!asked || tried?.state !== 'open') return false;
    const messages = messagesOf(trying.getState(), store.getState().recipe.systemPrompt, question);
    const maxNewTokens = mostTokens(trying.getState(), store.getState().recipe.evaluation);
    trying.setState(({ turns }) => ({ turns: [...turns, { question, answer: waiting }], failed: undefined }));
    setTried({ state: 'answering' });
    try {
      await asked.chat(messages, { maxNewTokens }, hear);
      if (engine === asked) setTried({ state: 'open' });
    } catch (error) {
      // Closed on the way: what it had said stays in sight until another is opened.
      setAnswer((answer) => ({ ...answer, state: engine === asked ? 'failed' : 'stopped' }));
      if (engine !== asked) return true;
      const failure = toFailure(error);
      trying.setState({ failed: { of: tried.of, failure } });
      if (failure.code === 'second-crash' || failure.code === 'second-stuck') closeTry();
      else setTried({ state: 'open' });
    }
    return true;
  };

  // What was deleted is no longer there to be read.
  store.subscribe(({ exports }, before) => {
    const { tried } = trying.getState();
    if (!exports || exports === before.exports || !tried) return;
    if (!exports.some((exported) => exportKey(exported) === tried.of)) closeTry();
  });

  return {
    trying,
    openTry,
    tryAsk,
    stopTry: () => engine?.stop(),
    newTry: () => {
      if (trying.getState().tried?.state !== 'answering') trying.setState({ turns: [] });
    },
    closeTry,
  };
}

/** The recipe's, where a person has chosen no other. */
export function mostTokens({ maxNewTokens }: Pick<TryState, 'maxNewTokens'>, recipe: { maxNewTokens: number }): number {
  return maxNewTokens ?? recipe.maxNewTokens;
}

/** The conversation so far and a question, as the model is asked it: what the snippet asks as well. */
export function messagesOf(
  { turns, system }: Pick<TryState, 'turns' | 'system'>,
  recipes: string,
  question: string,
): readonly Message[] {
  const prompt = system ?? recipes;
  const first: readonly Message[] = prompt === '' ? [] : [{ role: 'system', content: prompt }];
  const before = turns.flatMap(({ question, answer }): readonly Message[] =>
    answer.text === ''
      ? []
      : [
          { role: 'user', content: question },
          { role: 'assistant', content: answer.text },
        ],
  );
  return [...first, ...before, { role: 'user', content: question }];
}
