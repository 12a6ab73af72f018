// How a job whose numbers went wrong is told to go on.
import { expect, it } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { changeOf, wayOn } from '../../src/headless/change';

it('leaves out the step, halves the rate, or both, and only of a job that goes on', () => {
  expect(changeOf(['job.json', '--resume', '--json'])).toBeUndefined();
  expect(changeOf(['job.json', '--resume', '--skip-step'])).toEqual({ skip: 'next' });
  expect(changeOf(['job.json', '--resume', '--skip-step=17'])).toEqual({ skip: 17 });
  expect(changeOf(['--half-rate', 'job.json', '--resume'])).toEqual({ rate: 0.5 });
  expect(changeOf(['job.json', '--resume', '--skip-step', '--half-rate'])).toEqual({ skip: 'next', rate: 0.5 });
  for (const flag of ['--skip-step', '--skip-step=17', '--half-rate']) {
    expect(() => changeOf(['job.json', flag])).toThrow(expect.objectContaining({ code: 'resume-change' }));
  }
  expect(() => changeOf(['job.json', '--resume', '--skip-step=0'])).toThrow('counted from 1');
});

it('is offered where a number was not finite, and nowhere else', () => {
  expect(wayOn(new StudioError('not-finite', 'x'))).toContain('--resume --skip-step');
  expect(wayOn(new StudioError('gpu-lost', 'x'))).toBeUndefined();
  expect(wayOn(new Error('not-finite'))).toBeUndefined();
});
