import { readFileSync, readdirSync, appendFileSync } from 'node:fs';
import { it } from 'vitest';
import { create } from 'webgpu';
import { createStudioEngine } from '../src/engine/engine';
import { defaultRecipe } from '../src/engine/train/recipe';
const g = globalThis as any;
const log = (s: string) => appendFileSync('/tmp/w/story.log', s + '\n');
const model = (d: string) => ({ kind: 'files' as const, name: d, files: readdirSync(`public/models/${d}`).map((f) => new File([readFileSync(`public/models/${d}/${f}`)], f)) });
it('story', async () => {
  g.dawn2 = create([]);
  const e = createStudioEngine(g.dawn2);
  log(JSON.stringify(await e.open()));
  log(JSON.stringify(await e.loadModel('teacher', model('teacher'))));
  log(JSON.stringify(await e.loadModel('student', model('student'))));
  const limit = Number(process.env.ROWS ?? 2700);
  const lines = readFileSync('public/data/train.jsonl', 'utf8').trim().split('\n');
  const pick = Array.from({ length: limit }, (_, i) => lines[Math.floor((i * lines.length) / limit)]);
  await e.loadData('train', 'train', new Blob([pick.join('\n')]));
  await e.loadData('test', 'test', new Blob([readFileSync('public/data/test.jsonl', 'utf8').trim().split('\n').slice(0, Number(process.env.TEST ?? 290)).join('\n')]));
  const demo = JSON.parse(readFileSync('public/demo.json', 'utf8'));
  const recipe = { ...defaultRecipe, seed: Number(process.env.SEED ?? 42), sft: { ...defaultRecipe.sft, ...demo.sft }, distill: { ...defaultRecipe.distill, ...demo.distill } };
  for (const stage of (process.env.STAGES ?? 'baseline,sft,merge,distill,control,evaluate').split(',') as any[]) {
    const t = performance.now(); let n = 0;
    const r = await e.run(stage, recipe, (ev) => {
      if (ev.type === 'step' && (ev.metrics.step % 20 === 1 || ev.metrics.step < 5)) log(`${stage} ${ev.metrics.step} loss ${ev.metrics.loss.toFixed(4)} acc ${ev.metrics.tokenAccuracy.toFixed(3)} gn ${ev.metrics.gradientNorm.toFixed(3)} ${ev.metrics.milliseconds.toFixed(0)}ms tokens ${ev.metrics.computedTokens}/${ev.metrics.rowTokens} labels ${ev.metrics.labelTokens}`);
      if (ev.type === 'evaluation') { n++; const v = ev.evaluation; log(`   EVAL ${v.subject} step ${v.step} loss ${v.loss?.toFixed(4)} acc ${v.correct}/${v.rows} ${JSON.stringify(v.answers[3]?.output)} at ${((performance.now() - t) / 1000).toFixed(1)}s`); }
    });
    log(`${stage} ${JSON.stringify(r)} ${((performance.now() - t) / 1000).toFixed(1)}s`);
  }
}, 3600_000);
