import { readFileSync, readdirSync } from 'node:fs';
import { it } from 'vitest';
import { create } from 'webgpu';
import { createStudioEngine } from '../src/engine/engine';
import { Recorder } from '../src/engine/gpu/recorder';
import { defaultRecipe } from '../src/engine/train/recipe';
const g = globalThis as any;
const model = (d: string) => ({ kind: 'files' as const, name: d, files: readdirSync(`public/models/${d}`).map((f) => new File([readFileSync(`public/models/${d}/${f}`)], f)) });
it('profile', async () => {
  g.dawn2 = create([]);
  const e = createStudioEngine(g.dawn2);
  await e.open(); await e.loadModel('teacher', model('teacher')); await e.loadModel('student', model('student'));
  const lines = readFileSync('public/data/train.jsonl', 'utf8').trim().split('\n');
  await e.loadData('train', 'train', new Blob([Array.from({length: 32}, (_, i) => lines[i * 80]).join('\n')]));
  const stat = new Map<string, { n: number; t: number; best: number }>();
  let on = false; const orig = Recorder.prototype.submit;
  (Recorder.prototype as any).submit = async function () {
    if (!on) return orig.call(this);
    const all = this.commands; await this.compile(all);
    for (const c of all) {
      this.commands = [c]; const t = performance.now(); await orig.call(this); await this.gpu.device.queue.onSubmittedWorkDone();
      const d = performance.now() - t; const k = c.kind === 'dispatch' ? c.key.replace(/\(.*/, '') + ' ' + (c.key.includes('linear') ? `${c.dispatch.params.inputs}x${c.dispatch.params.outputs}` : '') : c.kind;
      const s = stat.get(k) ?? { n: 0, t: 0, best: 1e9 }; s.n++; s.t += d; s.best = Math.min(s.best, d); stat.set(k, s);
    }
    this.commands = [];
  };
  const steps: number[] = [];
  await e.run('sft', { ...defaultRecipe, evaluation: { ...defaultRecipe.evaluation, everySteps: 0 } }, (ev) => { if (ev.type === 'step') { steps.push(ev.metrics.milliseconds); if (ev.metrics.step >= 2) on = true; } });
  console.log(steps.map((s) => s.toFixed(0)).join(' '));
  const rows = [...stat].sort((a, b) => b[1].best * b[1].n - a[1].best * a[1].n);
  console.log(rows.map(([k, s]) => `${k.padEnd(34)} n=${s.n} best=${s.best.toFixed(2)}ms mean=${(s.t / s.n).toFixed(2)}ms best*n=${(s.best * s.n / 2).toFixed(0)}ms/step`).join('\n'));
}, 600_000);
