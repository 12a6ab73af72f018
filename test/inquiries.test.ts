/** Questions to the models beside the stages: a conversation and the view of one row, through the engine's one door. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createStudioEngine } from '../src/engine/engine';
import type { ChatEvent, ChatReply, Message, Stage, StageEvent, StudioEngine, Subject } from '../src/engine/studio';
import { defaultRecipe, type Recipe } from '../src/engine/train/recipe';
import { demoModel, demoRows } from './support/demoPair';
import { dawn } from './support/gpu';

const recipe: Recipe = {
  ...defaultRecipe,
  evaluation: { everySteps: 0, sampleRows: 2, lossRows: 2, maxNewTokens: 24 },
  distill: { ...defaultRecipe.distill, temperature: 1, batchSize: 12, epochs: 2 },
  sft: { ...defaultRecipe.sft, learningRate: 0.004, batchSize: 4, epochs: 2, warmupSteps: 0 },
};

let engine: StudioEngine;

beforeAll(async () => {
  engine = createStudioEngine(dawn());
  await engine.open();
  await expect(ask(['teacher-base'], '1')).rejects.toMatchObject({ code: 'no-model' });
  for (const role of ['teacher', 'student'] as const) await engine.loadModel(role, demoModel(role));
  await engine.loadData('train', 'train.jsonl', demoRows('train', 12));
  await engine.loadData('test', 'test.jsonl', demoRows('test', 3));
});

async function run(stage: Stage, listen: (event: StageEvent) => void = () => {}, changed: Partial<Recipe> = {}) {
  const events: StageEvent[] = [];
  const result = await engine.run(stage, { ...recipe, ...changed }, (event) => {
    events.push(event);
    listen(event);
  });
  const answers = events.flatMap((event) => (event.type === 'evaluation' ? [event.evaluation] : []));
  const steps = events.flatMap((event) => (event.type === 'step' ? [event.metrics] : []));
  return { result, events, answers, steps };
}

const user = (content: string): Message => ({ role: 'user', content });
const system: Message = { role: 'system', content: recipe.systemPrompt };

async function say(
  asks: readonly { readonly subject: Subject; readonly messages: readonly Message[] }[],
  changed: Partial<Recipe> = {},
  listen: (event: ChatEvent) => void = () => {},
) {
  const events: ChatEvent[] = [];
  const replies = await engine.chat({ asks, recipe: { ...recipe, ...changed } }, (event) => {
    events.push(event);
    listen(event);
  });
  return { replies, events };
}

const ask = (
  subjects: readonly Subject[],
  question: string,
  changed?: Partial<Recipe>,
  listen?: (e: ChatEvent) => void,
) =>
  say(
    subjects.map((subject) => ({ subject, messages: [system, user(question)] })),
    changed,
    listen,
  );

const texts = (replies: readonly ChatReply[]) => replies.map(({ text }) => text);
const compare = (index: number, teacher: Subject, student: Subject, split: 'train' | 'test' = 'train') =>
  engine.compareTokens({ split, row: { index }, teacher, student, recipe });

describe('a conversation', () => {
  it('gives the answers of the evaluation, told token by token, one model after the other', async () => {
    const { answers } = await run('baseline');
    const subjects = ['teacher-base', 'student-base'] as const;
    for (const row of [0, 2]) {
      const expected = answers.map((evaluation) => evaluation.answers[row]!);
      const { replies, events } = await ask(subjects, expected[0]!.question);
      expect(texts(replies)).toEqual(expected.map(({ output }) => output));
      for (const [i, subject] of subjects.entries()) {
        const own = events.filter((event) => event.subject === subject);
        expect(own.map(({ added }) => added).join('')).toBe(expected[i]!.output);
        expect(own.slice(0, -1).map(({ tokens }) => tokens)).toEqual(own.slice(1).map((_, n) => n + 1));
        expect(own.at(-1)).toMatchObject({ tokens: replies[i]!.tokens, ended: replies[i]!.ended });
        expect(replies[i]!.firstMilliseconds).toBeGreaterThan(0);
        expect(replies[i]!.milliseconds).toBeGreaterThan(replies[i]!.firstMilliseconds!);
      }
      expect(events.map(({ subject }) => subjects.indexOf(subject as 'teacher-base'))).toEqual(
        events.map(({ subject }) => subjects.indexOf(subject as 'teacher-base')).sort(),
      );
    }
    // Negative control: another question has another answer.
    expect(texts((await ask(['teacher-base'], '17')).replies)).not.toEqual([answers[0]!.answers[0]!.output]);
  });

  it('remembers: with its history it answers as a row of the same turns is answered', async () => {
    const turns: Message[] = [user('31'), { role: 'assistant', content: 'A: 3.' }, user('2712')];
    const row = JSON.stringify({ messages: [...turns, { role: 'assistant', content: 'x' }] });
    await engine.loadData('test', 'turns.jsonl', new Blob([row]));
    const { answers } = await run('baseline');
    await engine.loadData('test', 'test.jsonl', demoRows('test', 3));
    const { replies } = await say([{ subject: 'student-base', messages: [system, ...turns] }]);
    expect(texts(replies)).toEqual([answers[1]!.answers[0]!.output]);
    const forgetful = await say([{ subject: 'student-base', messages: [user('31 A: 3.')] }]);
    expect(texts(forgetful.replies)).not.toEqual(texts(replies));
  });

  it('ends at the most new tokens or at the end token, and says which', async () => {
    const evaluation = { ...recipe.evaluation, maxNewTokens: 3 };
    const { replies } = await ask(['student-base'], '2710', { evaluation });
    expect(replies[0]).toMatchObject({ tokens: 3, ended: 'length' });
    const long = await ask(['student-base'], '2710', { evaluation: { ...evaluation, maxNewTokens: 200 } });
    expect(long.replies[0]).toMatchObject({ ended: 'end' });
  });

  it('draws by the seed', async () => {
    const generation = { ...recipe.generation, temperature: 10 };
    const drawn = async (seed: number) => texts((await ask(['student-base'], '2710', { generation, seed })).replies)[0];
    const once = await drawn(1);
    expect(await drawn(1)).toBe(once);
    expect(await drawn(2)).not.toBe(once);
  });

  it('stops where it is asked to, and whoever has not begun does not', async () => {
    const { replies } = await ask(['teacher-base', 'student-base'], '2710', {}, ({ tokens }) => {
      if (tokens === 3) engine.stopChat();
    });
    expect(replies).toHaveLength(1);
    expect(replies[0]).toMatchObject({ subject: 'teacher-base', tokens: 3, ended: 'stopped' });
  });

  it('refuses whom there is not, what is too long, and a recipe that cannot be', async () => {
    await expect(ask(['teacher-base', 'student-distilled'], '1')).rejects.toMatchObject({ code: 'subject-missing' });
    await expect(ask(['teacher-base'], '7'.repeat(3000))).rejects.toMatchObject({ code: 'conversation-too-long' });
    const generation = { ...recipe.generation, topP: 0 };
    await expect(ask(['teacher-base'], '1', { generation })).rejects.toMatchObject({ code: 'recipe-invalid' });
  });

  it('is one at a time, and nothing else starts or is replaced meanwhile', async () => {
    const talking = ask(['teacher-base'], '2710');
    const answering = { code: 'answering' };
    await expect(ask(['teacher-base'], '2')).rejects.toMatchObject(answering);
    await expect(compare(0, 'teacher-base', 'student-base')).rejects.toMatchObject(answering);
    await expect(engine.run('baseline', recipe, () => {})).rejects.toMatchObject(answering);
    await expect(engine.loadModel('teacher', demoModel('teacher'))).rejects.toMatchObject(answering);
    expect((await talking).replies).toHaveLength(1);
  });
});

describe('while a stage runs', () => {
  it('is refused as long as it computes; in a pause it is answered, and the stage ends as without', async () => {
    const alone = await run('sft');
    let paused: Promise<unknown> | undefined;
    const refused: Promise<unknown>[] = [];
    const during = await run('sft', (event) => {
      if (event.type !== 'step' && !(event.type === 'phase' && event.phase === 'paused')) return;
      if (event.type === 'step') {
        refused.push(expect(ask(['teacher-base'], '1')).rejects.toMatchObject({ code: 'busy' }));
        if (event.metrics.step === 2) engine.pause();
        return;
      }
      // After the pause has begun.
      paused ??= Promise.resolve().then(async () => {
        const { replies } = await ask(['teacher-base', 'teacher-sft'], '2710');
        const compared = await compare(0, 'teacher-sft', 'student-base');
        engine.resume();
        return { replies, compared };
      });
    });
    await Promise.all(refused);
    expect(refused.length).toBeGreaterThan(2);
    expect(await paused).toMatchObject({ replies: [{ subject: 'teacher-base' }, { subject: 'teacher-sft' }] });
    expect(during.steps.map(({ loss }) => loss)).toEqual(alone.steps.map(({ loss }) => loss));
    const held = (events: readonly StageEvent[]) => events.flatMap((e) => (e.type === 'held' ? [e.held.tensors] : []));
    expect(held(during.events)).toEqual(held(alone.events));
    const { replies } = await ask(['teacher-base', 'teacher-sft'], '2710');
    expect(replies[1]!.text).toBe(during.answers[0]!.answers[0]!.output);
    expect(replies[0]!.text).not.toBe(replies[1]!.text);
  });

  it('a stage that is resumed ends the answer, and goes on after it', async () => {
    let talking: ReturnType<typeof ask> | undefined;
    const { result } = await run('sft', (event) => {
      if (event.type === 'step' && event.metrics.step === 1) engine.pause();
      if (event.type !== 'phase' || event.phase !== 'paused' || talking) return;
      talking = Promise.resolve().then(() =>
        ask(['teacher-base'], '2710', {}, ({ tokens }) => tokens === 2 && engine.resume()),
      );
    });
    expect(result.outcome).toBe('done');
    expect((await talking)?.replies[0]).toMatchObject({ tokens: 2, ended: 'stopped' });
  });
});

describe('a row, token by token', () => {
  it('parts as far as the first step of distillation measures, and agrees as often', async () => {
    await run('merge');
    const { steps } = await run('distill', undefined, { lora: { ...recipe.lora, dropout: 0 } });
    const rows = await Promise.all([compare(0, 'teacher-merged', 'student-base')]);
    for (let index = 1; index < 12; index++) rows.push(await compare(index, 'teacher-merged', 'student-base'));
    const positions = rows.flatMap((row) => row.positions);
    expect(positions).toHaveLength(steps[0]!.labelTokens);
    const mean = positions.reduce((sum, { divergence }) => sum + divergence, 0) / positions.length;
    // The first step is taken at the untrained student; the second one is not.
    expect(mean / steps[0]!.divergence!).toBeCloseTo(1, 5);
    expect(positions.filter(({ sameTop }) => sameTop).length / positions.length).toBeCloseTo(steps[0]!.agreement!, 6);
    const surprise = positions.reduce((sum, { student }) => sum - Math.log(student.wanted), 0) / positions.length;
    expect(surprise / steps[0]!.crossEntropy).toBeCloseTo(1, 5);
    // Negative control: the distilled student is nearer to the teacher.
    const after = (await compare(0, 'teacher-merged', 'student-distilled')).positions;
    expect(after.map(({ divergence }) => divergence)).not.toEqual(
      rows[0]!.positions.map(({ divergence }) => divergence),
    );
  });

  it('says what is wanted, and what each expects instead', async () => {
    const { line, question, positions, asked } = await compare(1, 'teacher-sft', 'student-base', 'test');
    expect({ line, question, asked }).toEqual({ line: 2, question: '2711', asked: 1 });
    expect(positions.map(({ text }) => text).join('')).toBe('王大丫丫的回答是--->2149 + 562<|im_end|>');
    for (const { teacher, student, sameTop, divergence } of positions) {
      for (const { top, wanted } of [teacher, student]) {
        const probabilities = top.map(({ probability }) => probability);
        expect(top).toHaveLength(5);
        expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
        expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(1 + 1e-9);
        expect(wanted).toBeLessThanOrEqual(probabilities[0]! + 1e-12);
      }
      expect(sameTop).toBe(teacher.top[0]!.id === student.top[0]!.id);
      expect(divergence).toBeGreaterThan(0);
    }
    const itself = await compare(1, 'teacher-base', 'teacher-base', 'test');
    expect(itself.positions.every(({ divergence, sameTop }) => divergence === 0 && sameTop)).toBe(true);
  });

  it('finds the row where they part most', async () => {
    const who = { teacher: 'teacher-merged', student: 'student-base' } as const;
    const most = await engine.compareTokens({ split: 'train', row: { among: 100 }, ...who, recipe });
    const means: number[] = [];
    for (let index = 0; index < 12; index++) {
      const { positions } = await compare(index, who.teacher, who.student);
      means.push(positions.reduce((sum, { divergence }) => sum + divergence, 0) / positions.length);
    }
    expect(most.asked).toBe(12);
    expect(most.index).toBe(means.indexOf(Math.max(...means)));
  });

  it('refuses a row that there is not, and one that fits no context', async () => {
    await expect(compare(99, 'teacher-base', 'student-base')).rejects.toMatchObject({ code: 'row-out-of-range' });
    const long = JSON.stringify({ instruction: '7'.repeat(3000), input: '', output: '1' });
    await engine.loadData('test', 'long.jsonl', new Blob([long]));
    await expect(compare(0, 'teacher-base', 'student-base', 'test')).rejects.toMatchObject({ code: 'row-unfit' });
  });
});
