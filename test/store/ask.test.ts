// Conversations and the view of one row in the store: who can be asked, what is sent, and what must not happen meanwhile.
import { describe, expect, test } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { askable, modelsNow, notNow, type Studio, seen } from '../../src/store';
import { chatOf, evaluationOf, stepOf } from '../support/fakeEngine';
import { type Bench, codes, started, state, textFile, turn } from './bench';

const turnsOf = (studio: Studio) => studio.talk.getState().turns;
const chats = ({ engine }: Bench) => engine().calls.filter((call) => call.startsWith('chat'));

/** A stage that has told its script and waits. */
async function running(bench: Bench, stage: 'sft' | 'merge' | 'distill', paused = false): Promise<() => Promise<void>> {
  bench.engine().script = [
    { type: 'step', metrics: stepOf(1) },
    ...(paused ? [{ type: 'phase', phase: 'paused', done: 0, total: 1 } as const] : []),
  ];
  const run = bench.studio.run(stage);
  await turn();
  return async () => {
    bench.engine().finish({ outcome: 'done', steps: 4 });
    await run;
  };
}

describe('who can be asked', () => {
  test('the models as they are loaded, then what every stage has made, an adapter from its first step on', async () => {
    const bench = await started();
    const there = () => askable(state(bench.studio));
    expect(there()).toEqual(['teacher-base', 'student-base']);
    const end = await running(bench, 'sft');
    expect(there()).toEqual(['teacher-base', 'teacher-sft', 'student-base']);
    await end();
    await (await running(bench, 'merge'))();
    expect(there()).toEqual(['teacher-base', 'teacher-sft', 'teacher-merged', 'student-base']);
    expect(seen(state(bench.studio), { chosen: {} }, 'teacher')).toBe('teacher-merged');
    await (await running(bench, 'distill'))();
    expect(seen(state(bench.studio), { chosen: {} }, 'student')).toBe('student-distilled');
    expect(seen(state(bench.studio), { chosen: { student: 'student-base' } }, 'student')).toBe('student-base');
    bench.lose({ code: 'device-lost', message: 'gone', detail: {} });
    await turn();
    expect(there()).toEqual([]);
  });

  test('a teacher that teaches as it was loaded is the one that is looked at', async () => {
    const bench = await started();
    await (await running(bench, 'sft'))();
    state(bench.studio).setField('distill.teacher', 'loaded');
    expect(seen(state(bench.studio), { chosen: {} }, 'teacher')).toBe('teacher-base');
  });
});

describe('a conversation', () => {
  test('each model has its own history, with the system prompt in front; one that was left out has no part of it', async () => {
    const bench = await started();
    const { studio, engine } = bench;
    const asked: unknown[] = [];
    engine().chat = async ({ asks, recipe }, listen) => {
      asked.push({ asks, recipe });
      const answers = asks.map(({ subject }) => chatOf(subject, `I am ${subject}`));
      for (const event of answers.flatMap(({ events }) => events)) listen(event);
      return answers.map(({ reply }) => reply);
    };
    expect(await studio.say('one')).toBe(true);
    expect(turnsOf(studio)[0]?.answers['teacher-base']).toMatchObject({
      text: 'I am teacher-base',
      state: 'end',
      tokens: 3,
    });
    studio.talk.setState(({ settings }) => ({
      chosen: { 'teacher-base': false },
      settings: { ...settings, system: '' },
    }));
    await studio.say('two');
    studio.talk.setState({ chosen: {} });
    await studio.say('three');
    const [system, user, said] = [{ role: 'system', content: 'sum' }, 'user', 'assistant'];
    expect(asked[0]).toMatchObject({
      asks: [
        { subject: 'teacher-base', messages: [system, { role: user, content: 'one' }] },
        { subject: 'student-base', messages: [system, { role: user, content: 'one' }] },
      ],
      recipe: { generation: { temperature: 0 }, evaluation: { maxNewTokens: 256 } },
    });
    const first = (who: string) => [
      { role: user, content: 'one' },
      { role: said, content: `I am ${who}` },
    ];
    const again = [
      { role: user, content: 'two' },
      { role: said, content: 'I am student-base' },
    ];
    expect(asked[2]).toMatchObject({
      asks: [
        { subject: 'teacher-base', messages: [...first('teacher-base'), { role: user, content: 'three' }] },
        { subject: 'student-base', messages: [...first('student-base'), ...again, { role: user, content: 'three' }] },
      ],
    });
  });

  test('answers are drawn as the person says', async () => {
    const { studio, engine } = await started();
    let sent: unknown;
    engine().chat = async ({ recipe }) => {
      sent = recipe;
      return [];
    };
    const drawn = { sampled: true, temperature: 1.5, topK: 7, topP: 0.9, seed: 3, maxNewTokens: 5 };
    studio.talk.setState(({ settings }) => ({ settings: { ...settings, ...drawn } }));
    await studio.say('x');
    const generation = { temperature: 1.5, topK: 7, topP: 0.9 };
    expect(sent).toMatchObject({ seed: 3, generation, evaluation: { maxNewTokens: 5 } });
  });

  test('a stop ends it; whoever had not begun has said nothing, and is no part of what follows', async () => {
    const bench = await started();
    const { studio, engine } = bench;
    engine().says = undefined;
    const talking = studio.say('one');
    await turn();
    expect(state(studio).inquiry).toBe('talk');
    studio.newConversation();
    expect(turnsOf(studio)).toHaveLength(1);
    studio.stopAnswer();
    expect(await talking).toBe(true);
    expect(turnsOf(studio)[0]?.answers['student-base']).toMatchObject({ state: 'stopped', text: '' });
    engine().says = 'yes';
    await studio.say('two');
    expect(chats(bench)).toEqual(Array.from({ length: 2 }, () => 'chat teacher-base:2 student-base:2'));
    studio.newConversation();
    expect(turnsOf(studio)).toEqual([]);
  });

  test('what was refused before a word was said is not said, and the sentence is shown', async () => {
    const { studio, engine } = await started();
    engine().failure = new StudioError('conversation-too-long', 'too long', { tokens: 9, context: 8 });
    expect(await studio.say('one')).toBe(false);
    expect([turnsOf(studio), codes(studio), state(studio).inquiry]).toEqual([[], ['conversation-too-long'], undefined]);
    studio.talk.setState({ chosen: { 'teacher-base': false, 'student-base': false } });
    expect(await studio.say('one')).toBe(false);
    expect(codes(studio)).toEqual(['conversation-too-long', 'nobody-asked']);
  });

  test('an answer that breaks off stays as far as it came', async () => {
    const { studio, engine } = await started();
    engine().chat = async ({ asks }, listen) => {
      listen(chatOf(asks[0]!.subject, 'so far').events[0]!);
      throw new StudioError('generation-memory', 'no memory', { reason: 'x' });
    };
    expect(await studio.say('one')).toBe(true);
    const { answers } = turnsOf(studio)[0]!;
    expect(answers['teacher-base']).toMatchObject({ text: 'so ', state: 'failed' });
    expect(answers['student-base']).toMatchObject({ text: '', state: 'failed' });
    expect(codes(studio)).toEqual(['generation-memory']);
  });
});

describe('beside a stage', () => {
  test('nobody is asked while it computes; in a pause one may', async () => {
    const bench = await started();
    const end = await running(bench, 'sft');
    expect(notNow(state(bench.studio))?.code).toBe('busy-ask');
    expect(await bench.studio.say('one')).toBe(false);
    await bench.studio.lookAt(0);
    expect([codes(bench.studio), chats(bench)]).toEqual([['busy-ask'], []]);
    await end();
    expect(codes(bench.studio)).toEqual([]);
    const paused = await running(bench, 'sft', true);
    expect(await bench.studio.say('one')).toBe(true);
    expect(chats(bench)).toEqual(['chat teacher-base:2 teacher-sft:2 student-base:2']);
    await paused();
  });

  test('no stage starts and nothing is replaced while an answer comes, and results stay', async () => {
    const bench = await started();
    const { studio, engine } = bench;
    engine().script = [{ type: 'evaluation', evaluation: evaluationOf('teacher-base', 0, 1, 2) }];
    const run = studio.run('baseline');
    await turn();
    engine().finish({ outcome: 'done', steps: 0 });
    await run;
    engine().says = undefined;
    const talking = studio.say('one');
    await turn();
    const before = engine().calls.length;
    await studio.run('baseline');
    await studio.runAll();
    await studio.loadRows('train', [textFile('rows.jsonl')]);
    await studio.kernels();
    await studio.lookAt(0);
    expect(codes(studio)).toEqual(['answering']);
    expect(engine().calls).toHaveLength(before);
    expect(state(studio).evaluations['teacher-base']).toHaveLength(1);
    studio.stopAnswer();
    await talking;
    await studio.lookAt(0);
    expect(engine().calls.at(-1)).toBe('compareTokens {"index":0}');
  });
});

describe('one row', () => {
  test('is asked for by its number or as the one where they part most; a refused one leaves what was seen', async () => {
    const { studio, engine } = await started();
    await studio.lookAt(1);
    expect(studio.tokens.getState().comparison).toMatchObject({ index: 1, teacher: 'teacher-base', split: 'test' });
    await studio.lookAt('most');
    expect(engine().calls.at(-1)).toBe('compareTokens {"among":32}');
    const { comparison } = studio.tokens.getState();
    engine().failure = new StudioError('row-unfit', 'too long', { line: 1, reason: 'x' });
    await studio.lookAt(0);
    expect(studio.tokens.getState().comparison).toBe(comparison);
    expect([codes(studio), state(studio).inquiry]).toEqual([['row-unfit'], undefined]);
  });

  test('is known to be of models that have changed since', async () => {
    const bench = await started();
    const now = () => modelsNow(state(bench.studio));
    await bench.studio.lookAt(1);
    const { madeWith } = bench.studio.tokens.getState();
    expect(now()).toBe(madeWith);
    const end = await running(bench, 'sft');
    expect(now()).not.toBe(madeWith);
    await end();
    const trained = now();
    await bench.studio.loadModel('student', { kind: 'url', name: 'other', url: 'http://x/' });
    expect(now()).not.toBe(trained);
  });
});
