// A written model in transformers.js: opened, asked, stopped and closed, without the worker.
import { expect, test } from 'vitest';
import type { Message } from '../../src/engine/studio';
import { StudioError } from '../../src/engine/studioError';
import type { TryOut } from '../../src/engine/vouch/second';
import { createSession } from '../../src/store/session';
import { createTrying } from '../../src/store/trying';
import type { OpenTryOut } from '../../src/worker/second/client';
import { exportFiles, writtenModel } from '../support/written';
import { turn } from './bench';

const choice = { form: 'fp32', backend: 'wasm' } as const;
const measured = { tokens: 2, firstMilliseconds: 1, milliseconds: 3 };

/** Says one word and waits until it is stopped, closed or released. */
function fakeTryOut() {
  const calls: string[] = [];
  const asked: (readonly Message[])[] = [];
  let end: (outcome: 'end' | 'stopped' | Error) => void = () => {};
  const engine: TryOut = {
    answer: async () => ({ ids: [], logits: new Float32Array() }),
    chat: (messages, { maxNewTokens }, listen) => {
      calls.push(`chat ${maxNewTokens}`);
      asked.push(messages);
      listen({ ...measured, tokens: 1, ended: undefined, added: 'one' });
      return new Promise((resolve, reject) => {
        end = (outcome) => {
          if (outcome instanceof Error) return reject(outcome);
          listen({ ...measured, ended: outcome, added: ' two' });
          resolve({ ...measured, ended: outcome, text: 'one two' });
        };
      });
    },
    stop: () => end('stopped'),
    close: async () => {
      calls.push('close');
      end(new StudioError('second-closed', 'closed'));
    },
  };
  return { engine, calls, asked, end: (outcome: 'end' | Error) => end(outcome) };
}

function bench(open?: OpenTryOut) {
  const session = createSession();
  session.getState().setField('systemPrompt', 'sum');
  const [first, second] = [writtenModel('first'), writtenModel('second')];
  session.getState().setExports([first, second]);
  const fake = fakeTryOut();
  const signals: AbortSignal[] = [];
  const opener: OpenTryOut = async (request, opening) => {
    signals.push(opening.signal);
    opening.progress(1, 4);
    return open ? open(request, opening) : fake.engine;
  };
  const studio = createTrying(session, { exportFiles }, opener);
  return { ...fake, studio, session, first, second, signals, now: () => studio.trying.getState() };
}

test('it is opened with progress, and answers with the recipe’s prompt and length, token by token', async () => {
  const { studio, now, first, asked, calls, end } = bench();
  const read: unknown[] = [];
  studio.trying.subscribe(({ tried }) => tried?.read && read.push(tried.read));
  await studio.openTry(first, choice);
  expect(read[0]).toEqual({ bytes: 1, total: 4 });
  expect(now().tried).toMatchObject({ ...choice, name: 'first', state: 'open' });
  const answered = studio.tryAsk('what?');
  expect(now().tried?.state).toBe('answering');
  expect(now().turns).toMatchObject([{ question: 'what?', answer: { text: 'one', state: 'answering', tokens: 1 } }]);
  expect(await studio.tryAsk('and?')).toBe(false);
  end('end');
  expect(await answered).toBe(true);
  expect(now().turns[0]?.answer).toMatchObject({ ...measured, text: 'one two', state: 'end' });
  expect(asked[0]).toEqual([
    { role: 'system', content: 'sum' },
    { role: 'user', content: 'what?' },
  ]);
  expect(calls).toEqual(['chat 32']);
});

test('a conversation goes on, with the prompt and the length that a person wants', async () => {
  const { studio, now, first, asked, calls, end } = bench();
  await studio.openTry(first, choice);
  studio.trying.setState({ system: '', maxNewTokens: 5 });
  for (const question of ['a', 'b']) {
    const answered = studio.tryAsk(question);
    end('end');
    await answered;
  }
  expect(asked[1]?.map(({ role, content }) => `${role} ${content}`)).toEqual(['user a', 'assistant one two', 'user b']);
  expect(calls).toEqual(['chat 5', 'chat 5']);
  studio.newTry();
  expect(now().turns).toEqual([]);
});

test('stop ends the answer, close the worker, whatever it does', async () => {
  const { studio, now, first, calls } = bench();
  await studio.openTry(first, choice);
  const stopped = studio.tryAsk('a');
  studio.stopTry();
  await stopped;
  expect(now().turns[0]?.answer.state).toBe('stopped');
  expect(now().tried?.state).toBe('open');
  const cut = studio.tryAsk('b');
  studio.closeTry();
  expect(await cut).toBe(true);
  expect(now()).toMatchObject({ tried: undefined, failed: undefined });
  expect(now().turns[1]?.answer.state).toBe('stopped');
  expect(calls.at(-1)).toBe('close');
  expect(await studio.tryAsk('c')).toBe(false);
});

test('what is given up while it is loaded does not open later; the next one takes its place', async () => {
  const late: ((engine: TryOut) => void)[] = [];
  const { studio, now, first, second, signals, engine, calls } = bench(
    () => new Promise<TryOut>((resolve) => late.push(resolve)),
  );
  const opening = studio.openTry(first, choice);
  await turn();
  const next = studio.openTry(second, choice);
  await turn();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  late[0]?.(engine);
  await opening;
  expect(calls).toEqual(['close']);
  expect(now().tried).toMatchObject({ name: 'second', state: 'loading' });
  late[1]?.(engine);
  await next;
  expect(now().tried?.state).toBe('open');
});

test('what cannot be opened or does not answer is said beside it; a worker that is gone is closed', async () => {
  const refused = bench(() => Promise.reject(new StudioError('second-half', 'no f16')));
  await refused.studio.openTry(refused.first, choice);
  expect(refused.now()).toMatchObject({ tried: undefined, failed: { failure: { code: 'second-half' } } });
  const { studio, now, first, end } = bench();
  for (const [code, tried] of [
    ['second-failed', 'open'],
    ['second-crash', undefined],
    ['second-stuck', undefined],
  ] as const) {
    await studio.openTry(first, choice);
    const asked = studio.tryAsk('a');
    end(new StudioError(code, 'no'));
    await asked;
    expect([now().failed?.failure.code, now().tried?.state]).toEqual([code, tried]);
    expect(now().turns.at(-1)?.answer.state).toMatch(/failed|stopped/);
  }
});

test('a model that is deleted is closed, another is not', async () => {
  const { studio, session, now, first, second } = bench();
  await studio.openTry(first, choice);
  session.getState().setExports([first]);
  expect(now().tried?.name).toBe('first');
  session.getState().setExports([second]);
  expect(now().tried).toBeUndefined();
});
