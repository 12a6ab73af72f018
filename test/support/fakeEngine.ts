/** An engine without a GPU for tests of the wire and the store: it tells what it was asked and waits to be released. */
import type { Example, Problem } from '../../src/engine/data/jsonl';
import type {
  Evaluation,
  MemoryPlan,
  ModelInfo,
  StageEvent,
  StageResult,
  StepMetrics,
  StudioEngine,
} from '../../src/engine/studio';

export const facts = {
  vendor: 'test',
  architecture: 'none',
  description: 'fake adapter',
  software: true,
  maxBindingBytes: 1,
};

export function modelInfo(name: string): ModelInfo {
  const sizes = {
    layers: 2,
    hidden: 8,
    heads: 2,
    kvHeads: 1,
    vocabulary: 16,
    context: 64,
    parameters: 100,
    bytes: 200,
  };
  return { name, architecture: 'qwen2', ...sizes };
}

export function example(line: number): Example {
  const [question, answer] = [`q${line}`, `a${line}`];
  return {
    line,
    question,
    answer,
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  };
}

export function stepOf(step: number, loss = 1 / (step + 1), totalSteps = 4): StepMetrics {
  const tokens = { labelTokens: 10, computedTokens: 20, rowTokens: 30 };
  const rest = { epoch: 1, crossEntropy: loss, divergence: undefined, tokenAccuracy: 0.5, learningRate: 1e-3 };
  return { step, totalSteps, loss, ...rest, gradientNorm: 1, ...tokens, milliseconds: 10 };
}

export function evaluationOf(subject: Evaluation['subject'], step: number, correct: number, rows: number): Evaluation {
  const answers = Array.from({ length: rows }, (_, i) => ({
    line: i + 1,
    question: `q${i + 1}`,
    expected: `a${i + 1}`,
    output: i < correct ? `a${i + 1}` : 'no',
    correct: i < correct,
  }));
  return { subject, step, loss: 0.5, correct, rows, complete: true, answers };
}

export interface FakeEngine extends StudioEngine {
  readonly calls: string[];
  /** Problems that the next loaded file has, instead of three good rows. */
  badFile: readonly Problem[] | undefined;
  /** Thrown by the next call that can fail. */
  failure: Error | undefined;
  /** What a run tells before it waits. */
  script: readonly StageEvent[];
  /** What a plan says, and how often one was asked for. */
  memory: MemoryPlan;
  plans: number;
  planFailure: Error | undefined;
  /** Lets the running stage end. */
  finish(result: StageResult): void;
}

export function createFakeEngine(): FakeEngine {
  const calls: string[] = [];
  let end: ((result: StageResult) => void) | undefined;
  const called = async <T>(call: string, value: T): Promise<T> => {
    calls.push(call);
    const { failure } = engine;
    engine.failure = undefined;
    if (failure) throw failure;
    return value;
  };
  const engine: FakeEngine = {
    calls,
    badFile: undefined,
    failure: undefined,
    script: [],
    memory: {},
    plans: 0,
    planFailure: undefined,
    finish: (result) => end?.(result),
    open: () => called('open', facts),
    loadModel: (role, source) => called(`loadModel ${role} ${source.name}`, modelInfo(source.name)),
    loadData: (split, name) => {
      const problems = engine.badFile ?? [];
      const examples = engine.badFile ? [] : [1, 2, 3].map(example);
      return called(`loadData ${split} ${name}`, { name, examples, problems });
    },
    plan: async () => {
      engine.plans += 1;
      if (engine.planFailure) throw engine.planFailure;
      return engine.memory;
    },
    run: async (stage, _recipe, listen) => {
      await called(`run ${stage}`, undefined);
      for (const event of engine.script) listen(event);
      return new Promise<StageResult>((resolve) => {
        end = resolve;
      });
    },
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    stop: () => void calls.push('stop'),
  };
  return engine;
}
