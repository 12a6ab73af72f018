/**
 * Contenders at the same job in one run: in turns, so that what else the machine does meets all alike; medians and ratios. A
 * short job is done several times before it is waited for: waiting takes milliseconds of its own, which are nobody's kernel.
 */

export interface Contender {
  readonly name: string;
  /** Does the job so often, then waits for all of it; milliseconds where not all of that counts. */
  readonly run: (times: number) => Promise<unknown>;
}

/** Milliseconds that ours is to compute before anyone waits, and how often the job is done for that at most. */
const LEAST = 40;
const MOST = 100;

export interface Job {
  readonly name: string;
  /** Left out where it is not counted. */
  readonly flops?: number;
  /** Ours first. */
  readonly contenders: readonly Contender[];
}

export interface Result {
  readonly job: string;
  readonly contender: string;
  /** Milliseconds for doing the job once, one number a round. */
  readonly times: readonly number[];
  readonly median: number;
  /** NaN where the work was not counted. */
  readonly gflops: number;
  /** Its median by ours: how many times as long it takes. */
  readonly ratio: number;
}

/** One round that does not count (it compiles), one of ours alone (how often?), then `rounds`, each contender in turn. */
export async function contest(
  { name: job, flops = Number.NaN, contenders }: Job,
  rounds: number,
): Promise<readonly Result[]> {
  for (const { run } of contenders) await run(1);
  const often = Math.min(MOST, Math.ceil(LEAST / (await once(contenders[0]!, 1))));
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) times[index]!.push(await once(contender, often));
  }
  const medians = times.map(median);
  return contenders.map(({ name }, index) => {
    const milliseconds = medians[index]!;
    const ratio = milliseconds / medians[0]!;
    return {
      job,
      contender: name,
      times: times[index]!,
      median: milliseconds,
      gflops: flops / milliseconds / 1e6,
      ratio,
    };
  });
}

/** Milliseconds for one of `often`. */
async function once({ run }: Contender, often: number): Promise<number> {
  const since = performance.now();
  const counted = await run(often);
  return (typeof counted === 'number' ? counted : performance.now() - since) / often;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A Markdown table, a job a row: ours in GFLOP/s and milliseconds, the others by how many times as long they take. */
export function table(results: readonly Result[]): string {
  const contenders = [...new Set(results.map(({ contender }) => contender))];
  const [ours, ...others] = contenders;
  const jobs = [...new Set(results.map(({ job }) => job))];
  const cell = (job: string, contender: string) => results.find((r) => r.job === job && r.contender === contender);
  const lines = jobs.map((job) => {
    const own = cell(job, ours!)!;
    const rest = others.map((other) => {
      const found = cell(job, other);
      return found ? `${found.ratio.toFixed(2)} (${found.median.toFixed(0)} ms)` : '—';
    });
    return `| ${job} | ${own.median.toFixed(1)} | ${Number.isNaN(own.gflops) ? '—' : own.gflops.toFixed(2)} | ${rest.join(' | ')} |`;
  });
  const head = `| job | ms | GFLOP/s | ${others.map((other) => `${other}, times ours`).join(' | ')} |`;
  return [head, `| --- | ---: | ---: | ${others.map(() => '---:').join(' | ')} |`, ...lines].join('\n');
}
