import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/engine/model/config';
import { StudioError } from '../../src/engine/studioError';
import { samplingOf } from '../../src/engine/train/answers';
import { underPreset } from '../../src/engine/train/presets';
import { defaultRecipe, parseRecipe } from '../../src/engine/train/recipe';

function refusal(json: unknown): StudioError {
  try {
    parseRecipe(json);
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(json)}`);
}

describe('defaults', () => {
  it('are the published recipe, clean', () => {
    const training = {
      ...{ learningRate: 1e-4, schedule: 'cosine', warmupSteps: 11, batchSize: 8, accumulation: 1, epochs: 1 },
      ...{ weightDecay: 0.1, maxGradNorm: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    };
    expect(defaultRecipe).toEqual({
      preset: 'clean',
      seed: 42,
      shuffle: true,
      systemPrompt: '你是一个有帮助的助手，按照格式帮我解决下面数学问题',
      judge: 'sum',
      judgePattern: '',
      lengths: { prompt: 0, answer: 0, labelPadding: false },
      sharePrefix: true,
      lora: {
        ...{ rank: 8, alpha: 16, dropout: 0.1 },
        targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
      },
      sft: training,
      distill: {
        ...training,
        ...{
          teacher: 'merged',
          divergence: 'forward-kl',
          jsdBeta: 0.5,
          temperature: 2,
          crossEntropyWeight: 0.5,
          divergenceWeight: 0.5,
          divergenceReduction: 'mean',
          divergenceShift: true,
          scaleByTemperature: true,
        },
      },
      evaluation: { everySteps: 100, sampleRows: 64, lossRows: 512, maxNewTokens: 32 },
      generation: { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, ownPenalty: false },
      checkpoints: { everySteps: 0, everyMinutes: 1 },
    });
  });

  it('come back from JSON unchanged', () => {
    expect(parseRecipe(JSON.parse(JSON.stringify(defaultRecipe)))).toEqual(defaultRecipe);
  });

  it('fill in what is left out', () => {
    expect(parseRecipe({})).toEqual(defaultRecipe);
    expect(parseRecipe({ sft: { epochs: 3 }, lora: { targets: ['q_proj'] } })).toEqual({
      ...defaultRecipe,
      sft: { ...defaultRecipe.sft, epochs: 3 },
      lora: { ...defaultRecipe.lora, targets: ['q_proj'] },
    });
  });
});

describe('presets', () => {
  const exact = parseRecipe({ preset: 'seed-exact' });

  it('clean is what every field has when nothing is said', () => {
    expect(parseRecipe({ preset: 'clean' })).toEqual(defaultRecipe);
    expect(underPreset(exact, 'clean')).toEqual(defaultRecipe);
  });

  it('seed-exact has the five quirks of the published run, and rows of their own dropout', () => {
    expect(exact).toEqual({
      ...defaultRecipe,
      preset: 'seed-exact',
      // 1 and 2: cut at 30 and 20 tokens, padding learnt.
      lengths: { prompt: 30, answer: 20, labelPadding: true },
      // 3 and 4: the divergence one place late, a sum beside a mean, no T².
      distill: {
        ...defaultRecipe.distill,
        ...{ divergenceShift: false, divergenceReduction: 'sum', scaleByTemperature: false },
      },
      // 5: sampled.
      generation: { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1, ownPenalty: true },
      sharePrefix: false,
    });
  });

  it('a field that is given counts more than the preset', () => {
    const json = { preset: 'seed-exact', lengths: { prompt: 64 }, generation: { topK: 0 }, sharePrefix: true };
    expect(parseRecipe(json)).toEqual({
      ...exact,
      lengths: { ...exact.lengths, prompt: 64 },
      generation: { ...exact.generation, topK: 0 },
      sharePrefix: true,
    });
    expect(parseRecipe(JSON.parse(JSON.stringify(defaultRecipe)))).toEqual(defaultRecipe);
  });

  it('a group that is no object is refused under either', () => {
    expect(refusal({ preset: 'seed-exact', lengths: 30 }).detail.field).toBe('lengths');
    expect(refusal({ preset: 'seed-exact', distill: { divergenceSift: true } }).detail.field).toBe(
      'distill.divergenceSift',
    );
  });

  it('seed-exact samples with the penalty that each model states', () => {
    const config = { repetitionPenalty: 1.05 } as ModelConfig;
    expect(samplingOf(exact, config)).toEqual({
      ...{ temperature: 0.7, topP: 0.8, topK: 20, seed: 42 },
      repetitionPenalty: 1.05,
    });
    expect(samplingOf(defaultRecipe, config).repetitionPenalty).toBe(1);
  });
});

describe('limits', () => {
  it.each([
    [{ lora: { dropout: 0 } }],
    [{ lora: { rank: 256 } }],
    [{ sft: { warmupSteps: 0, weightDecay: 0, maxGradNorm: 0 } }],
    [{ evaluation: { everySteps: 0 } }],
    [{ distill: { crossEntropyWeight: 0 } }],
    [{ judge: 'regex', judgePattern: '^a$' }],
    [{ seed: 0xffffffff }],
  ])('accepts %j', (json) => expect(parseRecipe(json)).toMatchObject(json));

  it.each<[unknown, string]>([
    [{ seed: -1 }, 'seed'],
    [{ seed: 2 ** 32 }, 'seed'],
    [{ lora: { rank: 0 } }, 'lora.rank'],
    [{ lora: { rank: 2.5 } }, 'lora.rank'],
    [{ lora: { rank: '8' } }, 'lora.rank'],
    [{ lora: { dropout: 1 } }, 'lora.dropout'],
    [{ lora: { targets: [] } }, 'lora.targets'],
    [{ lora: { targets: ['q_proj', 'x_proj'] } }, 'lora.targets.1'],
    [{ lora: { targets: ['q_proj', 'q_proj'] } }, 'lora.targets'],
    [{ lora: null }, 'lora'],
    [{ sft: { learningRate: 0 } }, 'sft.learningRate'],
    [{ sft: { learningRate: Number.NaN } }, 'sft.learningRate'],
    [{ sft: { schedule: 'cosin' } }, 'sft.schedule'],
    [{ sft: { batchSize: 0 } }, 'sft.batchSize'],
    [{ sft: { epochs: 0 } }, 'sft.epochs'],
    [{ sft: { weightDecay: Number.POSITIVE_INFINITY } }, 'sft.weightDecay'],
    [{ sft: { beta2: 1 } }, 'sft.beta2'],
    [{ sft: { learnigRate: 1e-4 } }, 'sft.learnigRate'],
    [{ distill: { temperature: 0 } }, 'distill.temperature'],
    [{ distill: { jsdBeta: 1 } }, 'distill.jsdBeta'],
    [{ distill: { crossEntropyWeight: 0, divergenceWeight: 0 } }, 'distill.divergenceWeight'],
    [{ generation: { topP: 0 } }, 'generation.topP'],
    [{ evaluation: { sampleRows: 0 } }, 'evaluation.sampleRows'],
    [{ judge: 'regex' }, 'judgePattern'],
    [{ judge: 'guess' }, 'judge'],
    [{ preset: 'other' }, 'preset'],
    [[], '(the whole recipe)'],
    [null, '(the whole recipe)'],
    ['{}', '(the whole recipe)'],
  ])('refuses %j', (json, field) => {
    const error = refusal(json);
    expect(error.code).toBe('recipe-invalid');
    expect(error.detail.field).toBe(field);
    expect(error.message).toContain(`"${field}"`);
  });

  it('says why in a sentence', () => {
    expect(refusal({ lora: { rank: 0 } }).message).toBe(
      'The recipe\'s field "lora.rank" cannot be used: it must be at least 1, but it is 0.',
    );
    expect(refusal({ sft: { learnigRate: 1 } }).message).toBe(
      'The recipe\'s field "sft.learnigRate" cannot be used: there is no such field.',
    );
  });
});
