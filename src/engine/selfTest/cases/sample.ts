/** The next token of some rows: the most likely one, or drawn. */
import * as op from '../../ops/sample';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/sample';
import { tolerance } from '../tolerance';

const [rows, vocabulary, capacity, step] = [16, 167, 8, 5];
const history = (row: number) => [row, 3 * row + 1, 77, row, 160 - row];
const streamOf = (row: number) => 3 * row + 1;
const allRows = Array.from({ length: rows }, (_, row) => row);
const logits = () => normals(3, rows * vocabulary, 2);

/** No draw of these is within f32's rounding of the boundary between two tokens. */
const ways = {
  greedy: { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1.5, seed: 43 },
  all: { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, seed: 43 },
  likely: { temperature: 0.7, topK: 20, topP: 0.8, repetitionPenalty: 1.1, seed: 43 },
} as const satisfies Record<string, twin.Sampling>;

function caseOf(way: keyof typeof ways): KernelCase {
  const sampling = ways[way];
  return {
    ...{ op: 'sample', shape: `${rows} × ${vocabulary}`, tolerance: tolerance.exact },
    ...(way === 'greedy' ? { entry: way } : { entry: 'draw', variant: way }),
    compute: async (b) => {
      const past = allRows.flatMap((row) => [...history(row), 0, 0, 0]);
      const next = b.u32('next', new Uint32Array(rows));
      op.forward(b.rec, {
        ...{ logits: b.f32('logits', [rows, vocabulary], logits()), vocabulary, rows, capacity, next, step, sampling },
        history: b.u32('history', past),
        lengths: b.u32('lengths', new Uint32Array(rows).fill(5)),
        finished: b.u32('finished', new Uint32Array(rows)),
        ...{ streams: b.u32('streams', allRows.map(streamOf)), endTokens: [0xffff_fffe] },
      });
      return { next: await b.words(next) };
    },
    expected: () => ({ next: allRows.map((row) => tokensOf(row, sampling)[0]!) }),
  };
}

/** What may be chosen; more than one token only with `slack`, a probability. */
export function tokensOf(row: number, sampling: twin.Sampling, slack = 0): readonly number[] {
  const own = logits().subarray(row * vocabulary, (row + 1) * vocabulary);
  const penalised = twin.penalise(own, history(row), sampling.repetitionPenalty);
  return twin.draw(penalised, sampling, streamOf(row), step, slack);
}

/** What the cases draw, for the proof that none of it hangs on rounding. */
export const draws = allRows.flatMap((row) => [ways.all, ways.likely].map((sampling) => ({ row, sampling })));

export const cases: readonly KernelCase[] = [caseOf('greedy'), caseOf('all'), caseOf('likely')];
