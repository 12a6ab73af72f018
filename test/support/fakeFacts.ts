/** What an engine tells, made up: models, rows, steps, evaluations, answers. */
import type { Example } from '../../src/engine/data/jsonl';
import type { AdapterFacts } from '../../src/engine/gpu/device';
import type { PushPreview } from '../../src/engine/hub/push/types';
import type { HubModel, StoredModel } from '../../src/engine/hub/types';
import type {
  AdapterInfo,
  ChatEvent,
  ChatReply,
  Evaluation,
  KernelCheck,
  ModelInfo,
  SelfTestProgress,
  StepMetrics,
  TokenComparison,
  TokenPosition,
  TokenRequest,
} from '../../src/engine/studio';

export const facts: AdapterFacts = {
  vendor: 'test',
  architecture: 'none',
  description: 'fake adapter',
  software: true,
  maxBindingBytes: 1,
  matrices: 'none',
  features: [],
  limits: {},
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

export const pushPreview: PushPreview = {
  ...{ files: 1, bytes: 2, bases: [] },
  licence: { id: 'mit', link: undefined, commercial: true },
};

export function adapterInfo(name: string): AdapterInfo {
  const sizes = { rank: 4, alpha: 8, uniform: true, targets: ['q_proj', 'v_proj'], modules: 4, parameters: 64 };
  return { name, ...sizes, baseModel: 'base' };
}

export function hubModel(name: string): HubModel {
  const facts = { architecture: 'qwen2', parameters: 100, licence: undefined };
  return {
    name,
    endpoint: 'https://hub.test',
    revision: 'main',
    commit: 'c'.repeat(40),
    ...facts,
    files: [],
    bytes: 10,
  };
}

export function storedModel(name: string, whole = true): StoredModel {
  return { key: `${name}@c`, model: hubModel(name), whole, stored: whole ? 10 : 4, date: 0 };
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

/** What a self-test tells of these kernels, and at its end. */
export function selfTestOf(checks: readonly KernelCheck[]): readonly SelfTestProgress[] {
  const [total, at] = [checks.length, (done: number) => (done > 0 ? checks[done - 1] : undefined)];
  return [...checks, undefined].map((next, done) => ({ done, total, next, check: at(done) }));
}

export function checkOf(change: Partial<KernelCheck> = {}): KernelCheck {
  const sizes = { shape: '37 × 96 → 100', error: 2e-7, tolerance: 1e-5 };
  return { op: 'linear', entry: 'forward', variant: 'tiles64', ...sizes, passed: true, problem: undefined, ...change };
}

export function stepOf(step: number, loss = 1 / (step + 1), totalSteps = 4): StepMetrics {
  const tokens = { labelTokens: 10, computedTokens: 20, rowTokens: 30 };
  const rest = {
    epoch: 1,
    crossEntropy: loss,
    divergence: undefined,
    tokenAccuracy: 0.5,
    agreement: undefined,
    learningRate: 1e-3,
  };
  const work = { dispatches: 100, flops: 2e9, bytes: 1e9 };
  return { step, totalSteps, loss, ...rest, gradientNorm: 1, ...tokens, work, memoryHeld: 2 ** 21, milliseconds: 10 };
}

export function evaluationOf(subject: Evaluation['subject'], step: number, correct: number, rows: number): Evaluation {
  const answers = Array.from({ length: rows }, (_, i) => ({
    line: i + 1,
    question: `q${i + 1}`,
    expected: `a${i + 1}`,
    output: i < correct ? `a${i + 1}` : 'no',
    correct: i < correct,
  }));
  return { subject, step, loss: 0.5, correct, rows, complete: true, answers, worst: [] };
}

/** A reply of one token a word, in one millisecond each. */
export function chatOf(subject: Evaluation['subject'], text: string): { events: ChatEvent[]; reply: ChatReply } {
  const words = text.match(/\S+\s*/g) ?? [];
  const events = words.map((added, i): ChatEvent => {
    return { subject, added, tokens: i + 1, firstMilliseconds: 1, milliseconds: i + 1, ended: undefined };
  });
  const { length } = words;
  const last = { subject, tokens: length, firstMilliseconds: 1, milliseconds: length, ended: 'end' } as const;
  return { events: [...events, { ...last, added: '' }], reply: { ...last, text } };
}

export function comparisonOf({ split, row, teacher, student }: TokenRequest): TokenComparison {
  const expectation = (text: string) => ({ top: [{ id: 1, text, probability: 0.75 }], wanted: 0.5 });
  const position: TokenPosition = {
    ...{ id: 1, text: 'a', divergence: 0.25, sameTop: false },
    ...{ teacher: expectation('a'), student: expectation('b') },
  };
  const index = 'index' in row ? row.index : 2;
  const asked = 'index' in row ? 1 : row.among;
  return { split, index, asked, line: index + 1, question: `q${index + 1}`, teacher, student, positions: [position] };
}
