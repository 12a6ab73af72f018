/** How close is close, and where two answers part: without engines. */
import { describe, expect, it } from 'vitest';
import type { VouchRow } from '../../src/engine/studio';
import { differenceOf, distanceOf, partsAt } from '../../src/engine/vouch/difference';
import { secondFailure } from '../../src/engine/vouch/failure';
import { allowed, summarize } from '../../src/engine/vouch/verdict';
import { vouchRowOf } from '../support/vouching';

const logits = (...values: number[]) => Float32Array.from(values);
const tokenizer = { token: (id: number) => `t${id}`, decode: () => '' };

describe('logits of one position', () => {
  it('are apart by the largest and the mean difference, beside their size', () => {
    const { largest, mean, scale } = distanceOf(logits(1, -8, 3), logits(1.5, -8, 2.75));
    expect([largest, mean, scale]).toEqual([0.5, 0.25, 8]);
  });

  it('are infinitely apart where the other gave no number, or too few', () => {
    for (const other of [logits(1, Number.NaN), logits(1, Number.POSITIVE_INFINITY), logits(1)]) {
      expect(distanceOf(logits(1, 2), other)).toMatchObject({ largest: Number.POSITIVE_INFINITY });
    }
  });
});

describe('answers', () => {
  it('part at the first token that differs, or where one of them ends', () => {
    expect(partsAt([1, 2, 3], [1, 2, 3])).toBeUndefined();
    expect(partsAt([1, 2, 3], [1, 9, 3])).toBe(1);
    expect(partsAt([1, 2], [1, 2, 3])).toBe(2);
    expect(partsAt([], [])).toBeUndefined();
  });

  it('part at a tie where the tolerance of both logits allows for it', () => {
    const parted = { index: 1, ours: 2, second: 0 };
    const told = differenceOf(parted, logits(4.5, 1, 5, 4.75), 0.25, tokenizer, [1]);
    expect(told).toMatchObject({ index: 1, ours: { id: 2, text: 't2' }, second: { id: 0 } });
    expect(told).toMatchObject({ margin: 0.25, behind: 0.5, tie: true });
    expect(differenceOf(parted, logits(4.25, 1, 5, 4.75), 0.25, tokenizer, [1]).tie).toBe(false);
  });

  it('that have ended have their end token there: of several, the more likely one', () => {
    const told = differenceOf({ index: 3, ours: 2, second: undefined }, logits(0, 3, 5, 4), 1e-4, tokenizer, [1, 3]);
    expect(told).toMatchObject({ ours: { id: 2 }, second: { id: 3 }, behind: 1 });
  });
});

describe('a verdict', () => {
  const row = (change: Partial<VouchRow>, line = 1): VouchRow => ({ ...vouchRowOf(line), ...change });
  const far = (largest: number, scale = 16) => ({ distance: { largest, mean: largest / 2, scale } });
  const token = { id: 1, text: 'a' };
  const parted = (tie: boolean) => ({
    difference: { index: 0, ours: token, second: token, margin: 1e-5, behind: 1e-5, tie },
  });
  const wrong = { second: { text: 'no', correct: false } };

  it('of fp32 asks for 1e-4 or 2^-17 of the largest logit, and for answers that part only at ties', () => {
    expect(summarize('fp32', [row(far(9e-5, 1))], 1)).toMatchObject({ verdict: 'agrees', beyond: 0, largest: 9e-5 });
    expect(summarize('fp32', [row(far(1.1e-4, 1))], 1)).toMatchObject({ verdict: 'disagrees', reasons: ['logits'] });
    expect(allowed('fp32', { scale: 32 })).toBe(2 ** -12);
    expect(summarize('fp32', [row(parted(true))], 1)).toMatchObject({ verdict: 'agrees', ties: 1, sameAnswers: 0 });
    expect(summarize('fp32', [row(parted(false)), row(parted(true))], 2)).toMatchObject({
      ...{ verdict: 'disagrees', reasons: ['answers'], ties: 1, sameAnswers: 0 },
    });
  });

  it('of fp16 asks for a share of the largest logit, and half a point of accuracy', () => {
    expect(allowed('fp16', { scale: 16 })).toBe(0.25);
    expect(summarize('fp16', [row({ ...far(0.2), ...parted(false) })], 1)).toMatchObject({ verdict: 'agrees' });
    expect(summarize('fp16', [row(far(0.3))], 1)).toMatchObject({ verdict: 'disagrees', reasons: ['logits'] });
    const rows = (bad: number) => Array.from({ length: 400 }, (_, i) => row(i < bad ? wrong : {}, i));
    expect(summarize('fp16', rows(2), 400)).toMatchObject({ verdict: 'agrees', correct: { ours: 400, second: 398 } });
    expect(summarize('fp16', rows(3), 400)).toMatchObject({ verdict: 'disagrees', reasons: ['accuracy'] });
  });

  it('of q4 is what was measured, unless it is not finite', () => {
    expect(summarize('q4', [row({ ...far(3), ...parted(false), ...wrong })], 1).verdict).toBe('measured');
    expect(summarize('q4', [row(far(Number.POSITIVE_INFINITY))], 1)).toMatchObject({ reasons: ['not-finite'] });
  });

  it('of what was stopped is none, unless it was red by then', () => {
    expect(summarize('fp32', [row({})], 2).verdict).toBe('stopped');
    expect(summarize('fp32', [row(far(1))], 2).verdict).toBe('disagrees');
    expect(summarize('fp16', [row(wrong)], 200).verdict).toBe('stopped');
    expect(summarize('fp32', [], 3).verdict).toBe('stopped');
  });
});

it('what a second engine says when it fails is put in words', () => {
  const code = (message: string) => secondFailure(new Error(message)).code;
  expect(code('std::bad_alloc')).toBe('second-memory');
  expect(secondFailure(new RangeError('Array buffer allocation failed')).code).toBe('second-memory');
  expect(code('Program Gather requires f16 but the device does not support it.')).toBe('second-half');
  expect(code('The device (webgpu) does not support fp16.')).toBe('second-half');
  expect(code('protobuf parsing failed')).toBe('second-failed');
  expect(secondFailure(new Error('x'.repeat(900))).detail.reason).toHaveLength(500);
});
