/**
 * Headless jobs that are killed at random moments, and whose newest checkpoint or index is cut short as by a power cut, until so many
 * kills are done: every job must end with what one has made that never was killed. `KILLS=200 SEED=1 npm run measure -- kills`;
 * `MINUTES=20` begins no kill after that time. A third of the jobs have test rows, which are asked on the way.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { type Kill, runChain } from '../support/kills/chain';
import { INTERVAL, type Results } from '../support/kills/job';
import { type Draw, drawing, type Kind, type Order } from '../support/kills/moments';
import { buildHeadless } from '../support/kills/process';
import { log } from './log';

const [wanted, seed, minutes] = [process.env.KILLS ?? 200, process.env.SEED ?? 1, process.env.MINUTES ?? 600].map(
  Number,
);
const kinds: readonly Kind[] = ['kill', 'kill', 'kill', 'newest', 'newest', 'index', 'both'];

function orderFor(draw: Draw): Order {
  return { kind: kinds[Math.floor(draw() * kinds.length)]! };
}

it(`${wanted} kills`, async () => {
  const since = performance.now();
  const program = await buildHeadless();
  const folder = mkdtempSync(join(tmpdir(), 'kills-'));
  const draw = drawing(seed!);
  const kills: Kill[] = [];
  const whole = new Map<boolean, Results>();
  const apart: string[] = [];
  let jobs = 0;
  try {
    for (const tested of [false, true])
      whole.set(tested, (await runChain({ program, folder, tested, draw, next: () => undefined })).results);
    // The comparison below can fail: the two jobs have asked other rows, and told other things.
    expect(whole.get(true)).not.toEqual(whole.get(false));
    const late = () => performance.now() - since > 60_000 * minutes!;
    while (kills.length < wanted! && !late()) {
      jobs += 1;
      const tested = jobs % 3 === 0;
      let ordered = kills.length;
      const next = () => (++ordered <= wanted! && !late() ? orderFor(draw) : undefined);
      const ended = await runChain({ program, folder, tested, draw, next });
      kills.push(...ended.kills);
      for (const [name, value] of Object.entries(ended.results))
        if (!isDeepStrictEqual(value, whole.get(tested)![name])) apart.push(`job ${jobs}: ${name}`);
      for (const kill of ended.kills)
        console.log(`job ${jobs}: ${kill.kind} at ${kill.moment}, ${kill.repeated} repeated`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const table = `${summary(kills)}\n\n${jobs} jobs, ${kills.length} kills, ${apart.length} results that differ${apart.map((one) => `\n- ${one}`).join('')}; ${((performance.now() - since) / 60_000).toFixed(0)} min.`;
  console.log(table);
  if (kills.length >= 20)
    log(
      'kills',
      `SwiftShader on ${cpus().length} cores`,
      `KILLS=${kills.length} SEED=${seed} npm run measure -- kills`,
      table,
    );
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
