/**
 * The page in a real Chromium, ended at random moments: its tab closed or crashed, its worker or the GPU's process killed, the whole browser
 * killed, and its newest checkpoint or index cut short as by a power cut. Every chain must end with what one has made that never was
 * ended. `PAGEKILLS=100 SEED=1 npm run measure -- pageKills`; `MINUTES=20` begins no kill after that time; `KINDS=gpu,worker` only those.
 */
import { cpus } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { build, preview } from 'vite';
import { expect, it } from 'vitest';
import { type Draw, drawing } from '../support/kills/moments';
import { isCut, type PageKind, type PageOrder, pageKinds } from '../support/kills/pageBrowser';
import { type PageKill, runPageChain } from '../support/kills/pageChain';
import { PAGE_INTERVAL } from '../support/kills/pageDrive';
import { log } from './log';

const { PAGEKILLS = 100, SEED = 1, MINUTES = 600, KINDS = pageKinds.join(',') } = process.env;
const [wanted, seed, minutes] = [PAGEKILLS, SEED, MINUTES].map(Number) as [number, number, number];
const kinds = KINDS.split(',') as PageKind[];
const outDir = 'test-results/page';

/** Anywhere, opening and merging included, or while one of the two is trained. */
const stages = ['sft', 'distill', 'distill', undefined, undefined];

function orderFor(draw: Draw): PageOrder {
  const kind = kinds[Math.floor(draw() * kinds.length)]!;
  const stage = stages[Math.floor(draw() * stages.length)];
  return { kind, ...(stage !== undefined && { stage }) };
}

it(`${wanted} kills of the page`, { timeout: 24 * 3_600_000 }, async () => {
  const since = performance.now();
  await build({ logLevel: 'error', build: { outDir } });
  const server = await preview({ logLevel: 'error', build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
  const address = server.resolvedUrls?.local[0] ?? '';
  const draw = drawing(seed);
  const kills: PageKill[] = [];
  const apart: string[] = [];
  let chains = 0;
  try {
    const whole = (await runPageChain({ address, draw, next: () => undefined })).stored;
    expect(Object.keys(whole.adapters).sort()).toEqual(['student-adapter', 'teacher-adapter']);
    // The comparison below can fail: the two adapters, and the curves of their trainings, are not the same.
    expect(whole.adapters['teacher-adapter']).not.toBe(whole.adapters['student-adapter']);
    const curves = new Map(whole.curves);
    expect(curves.get('sft')).not.toEqual(curves.get('distill'));
    const late = () => performance.now() - since > 60_000 * minutes;
    while (kills.length < wanted && !late()) {
      chains += 1;
      let ordered = kills.length;
      const next = () => (++ordered <= wanted && !late() ? orderFor(draw) : undefined);
      const ended = await runPageChain({ address, draw, next });
      kills.push(...ended.kills);
      for (const kill of ended.kills) {
        console.log(`chain ${chains}: ${kill.kind} at ${kill.moment}, ${kill.repeated} repeated`);
        if (kill.repeated > most(kill))
          apart.push(`chain ${chains}: ${kill.repeated} steps repeated (${kill.kind} at ${kill.moment})`);
      }
      for (const waited of ended.waited) apart.push(`chain ${chains}: waited for a click, ${waited}`);
      for (const name of ['adapters', 'curves', 'evaluations'] as const)
        if (!isDeepStrictEqual(ended.stored[name], whole[name])) {
          apart.push(`chain ${chains}: ${name}`);
          console.log(ended.stored[name], whole[name]);
        }
      console.log(`${kills.length} kills, ${apart.length} apart: ${apart.join('; ')}`);
    }
  } finally {
    await server.close();
  }
  const table = `${summary(kills)}\n\n${chains} chains, ${kills.length} kills, ${apart.length} differences${apart.map((one) => `\n- ${one}`).join('')}; ${((performance.now() - since) / 60_000).toFixed(0)} min.`;
  console.log(table);
  const how = `PAGEKILLS=${kills.length} SEED=${seed} npm run measure -- pageKills`;
  if (kills.length >= 20) log('kills of the page', `SwiftShader on ${cpus().length} cores`, how, table);
  expect(apart).toEqual([]);
});

/** One interval, and what was done while the checkpoint behind it was still being written; of a damaged one, another interval. */
function most({ kind }: PageKill): number {
  return (isCut(kind) ? 3 : 2) * PAGE_INTERVAL;
}

/** Of each kind: how many, and how many steps were done twice. */
function summary(kills: readonly PageKill[]): string {
  const columns = [0, 1, 2, 3, 4, 5, 6];
  const rows = pageKinds.map((kind) => {
    const repeated = kills.filter((kill) => kill.kind === kind).map((kill) => kill.repeated);
    const counts = columns.map((steps) => repeated.filter((each) => each === steps).length);
    return `| ${[kind, repeated.length, ...counts, repeated.filter((each) => each > 6).length, Math.max(0, ...repeated)].join(' | ')} |`;
  });
  const head = `| a checkpoint every ${PAGE_INTERVAL} steps | kills | 0 steps repeated | ${columns.slice(1).join(' | ')} | more | most |`;
  return [head, `| --- |${' ---: |'.repeat(columns.length + 3)}`, ...rows].join('\n');
}
