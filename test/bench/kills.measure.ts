/**
 * Headless jobs that are killed at random moments, and whose newest checkpoint or index is cut short as by a power cut, until so many
 * kills are done: every job must end with what one has made that never was killed. `KILLS=200 SEED=1 npm run measure -- bench/kills`;
 * `MINUTES=20` begins no kill after that time, `JOBS=12` runs so many at once. A third of the jobs have test rows, which are asked
 * on the way. On a card all go on from one beginning, and none waits long for its kill.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { beginJob, type Kill, runChain } from '../support/kills/chain';
import { INTERVAL, type Results } from '../support/kills/job';
import { type Draw, drawing, type Kind, type Order } from '../support/kills/moments';
import { buildHeadless } from '../support/kills/process';
import { log } from './log';

const [wanted, seed, minutes, atOnce] = [
  process.env.KILLS ?? 200,
  process.env.SEED ?? 1,
  process.env.MINUTES ?? 600,
  process.env.JOBS ?? 1,
].map(Number);
const kinds: readonly Kind[] = ['kill', 'kill', 'kill', 'newest', 'newest', 'index', 'both'];

/** Milliseconds: on a card a whole epoch takes no longer. */
const LONGEST_ON_CARD = 60;

const since = performance.now();
const late = () => performance.now() - since > 60_000 * minutes!;
const kills: Kill[] = [];
/** What differs from the results of the job that was never killed. */
const apart: string[] = [];
let [jobs, ordered] = [0, 0];

interface Bench {
  readonly program: string;
  readonly folder: string;
  readonly adapter: string;
  readonly card: boolean;
  /** Of jobs that were never killed, by whether they have test rows. */
  readonly whole: readonly [without: Results, tested: Results];
}

interface Job extends Pick<Bench, 'program' | 'folder' | 'card'> {
  readonly name: string;
  readonly tested: boolean;
  readonly number: number;
  readonly next: (draw: Draw) => Order | undefined;
}

const begunIn = (folder: string, tested: boolean) => join(folder, `begun-${tested}`);

function chain({ program, folder, card, name, tested, number, next }: Job) {
  const draw = drawing(1000 * seed! + number);
  const begun = card ? begunIn(folder, tested) : undefined;
  return runChain({ program, folder: join(folder, name), tested, draw, begun, next: () => next(draw) });
}

async function open(): Promise<Bench> {
  const program = await buildHeadless();
  const folder = mkdtempSync(join(tmpdir(), 'kills-'));
  const whole = async (tested: boolean) => {
    const { software, description } = await beginJob({ program, folder: begunIn(folder, tested), tested });
    const job = { program, folder, card: !software, name: `whole-${tested}`, tested, number: 0, next: () => undefined };
    return { card: !software, adapter: description, results: (await chain(job)).results };
  };
  const [{ card, adapter, results }, tested] = [await whole(false), await whole(true)];
  return { program, folder, card, adapter, whole: [results, tested.results] };
}

async function killOne(bench: Bench, number: number): Promise<void> {
  const [name, tested] = [`job-${number}`, number % 3 === 0];
  let own = 0;
  const next = (draw: Draw): Order | undefined => {
    if (ordered >= wanted! || late()) return undefined;
    [own, ordered] = [own + 1, ordered + 1];
    const kind = kinds[Math.floor(draw() * kinds.length)]!;
    return { kind, ...(bench.card && { longest: LONGEST_ON_CARD }) };
  };
  const ended = await chain({ ...bench, name, tested, number, next });
  // The last may have come to its end before its kill.
  ordered -= own - ended.kills.length;
  kills.push(...ended.kills);
  const expected = bench.whole[tested ? 1 : 0];
  for (const [what, value] of Object.entries(ended.results))
    if (!isDeepStrictEqual(value, expected[what])) apart.push(`job ${number}: ${what}`);
  for (const kill of ended.kills)
    console.log(`job ${number}: ${kill.kind} at ${kill.moment}, ${kill.repeated} repeated`);
  rmSync(join(bench.folder, name), { recursive: true, force: true });
}

it(`${wanted} kills`, async () => {
  const bench = await open();
  // The comparison can fail: the two jobs have asked other rows, and told other things.
  expect(bench.whole[1]).not.toEqual(bench.whole[0]);
  const oneAfterTheOther = async () => {
    while (ordered < wanted! && !late()) await killOne(bench, ++jobs);
  };
  await Promise.all(Array.from({ length: atOnce! }, oneAfterTheOther));
  rmSync(bench.folder, { recursive: true, force: true });
  const table = `${summary(kills)}\n\n${jobs} jobs, ${kills.length} kills, ${apart.length} results that differ${apart.map((one) => `\n- ${one}`).join('')}; ${((performance.now() - since) / 60_000).toFixed(1)} min.`;
  console.log(table);
  const how = `KILLS=${kills.length} SEED=${seed} JOBS=${atOnce} npm run measure -- bench/kills`;
  if (kills.length >= 20) log('kills', bench.adapter, how, table);
  expect(apart).toEqual([]);
});

/** Of each kind: how many, and how many steps were done twice. */
function summary(kills: readonly Kill[]): string {
  const rows = (['kill', 'newest', 'index', 'both'] as const).map((kind) => {
    const repeated = kills.filter((kill) => kill.kind === kind).map((kill) => kill.repeated);
    const counts = [0, 1, 2, 3, 4].map((steps) => repeated.filter((each) => each === steps).length);
    return `| ${[kind, repeated.length, ...counts, repeated.filter((each) => each > 4).length, Math.max(0, ...repeated)].join(' | ')} |`;
  });
  const head = `| a checkpoint every ${INTERVAL} steps | kills | 0 steps repeated | 1 | 2 | 3 | 4 | more | most |`;
  return [head, '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |', ...rows].join('\n');
}
