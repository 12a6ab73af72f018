/** What is drawn of every step, in the order of the charts. */
import type { StepMetric } from '../../store';
import type { Unit } from './ticks';

export interface Metric {
  readonly key: StepMetric;
  readonly unit: Unit;
  /** A mean over the rows of one step jumps: it is smoothed, and drawn pale as it is. */
  readonly noisy: boolean;
  /** The same quantity on the test rows. */
  readonly test?: 'testLoss';
}

export const lossMetric: Metric = { key: 'loss', unit: 'number', noisy: true, test: 'testLoss' };

export const furtherMetrics: readonly Metric[] = [
  { key: 'divergence', unit: 'number', noisy: true },
  { key: 'crossEntropy', unit: 'number', noisy: true },
  { key: 'agreement', unit: 'share', noisy: true },
  { key: 'tokenAccuracy', unit: 'share', noisy: true },
  { key: 'learningRate', unit: 'number', noisy: false },
  { key: 'gradientNorm', unit: 'number', noisy: true },
  { key: 'tokensPerSecond', unit: 'rate', noisy: true },
  { key: 'memory', unit: 'number', noisy: false },
];
