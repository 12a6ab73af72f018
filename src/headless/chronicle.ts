/** The record of a job's run, made from what the job tells: the same as the page keeps of a run of its own. */
import { basename } from 'node:path';
import * as v from 'valibot';
import { adapterInfo, gpuFacts, modelInfo } from '../engine/runs/facts';
import { type KeptStage, RECORD_VERSION, type RunRecord } from '../engine/runs/record';
import { isTrainingStage, stepMetrics } from '../engine/runs/seriesData';
import { firstName, lossesIn, standing } from '../engine/runs/summary';
import type { JudgedEvaluation, WholeRun } from '../engine/runs/wholeRun';
import type { Role, Split, Stage, StageEvent, StepMetrics } from '../engine/studio';
import { seriesFrom } from '../engine/takeHome/metrics';
import { version } from '../engine/version';
import type { Job } from './job';
import type { JobEvent } from './run';

type Known = Pick<RunRecord, 'gpu' | 'lastMeasured' | 'mergeReport' | 'stepWork'>;

const openedRows = v.object({ rows: v.number(), problems: v.array(v.unknown()), fingerprint: v.optional(v.string()) });

/** What stays of a run that is interrupted and goes on. */
export interface Begun {
  readonly id: string;
  readonly started: number;
}

export class Chronicle {
  private readonly job: Job;
  private readonly now: () => number;
  private readonly started: number;
  private readonly id: string;
  private readonly models: Partial<Record<Role, NonNullable<RunRecord['models'][Role]>>> = {};
  private readonly data: RunRecord['data'] = {};
  private readonly stages: Partial<Record<Stage, KeptStage>> = {};
  private readonly since = new Map<Stage, number>();
  private readonly held: RunRecord['held'] = {};
  private readonly adapters: RunRecord['adapters'] = {};
  private readonly lines: unknown[] = [];
  private readonly evaluations: JudgedEvaluation[] = [];
  private known: Known = {};

  /** `now` and `started` in milliseconds since 1970. */
  constructor(job: Job, { id, started }: Begun, now: () => number = Date.now) {
    this.job = job;
    this.now = now;
    this.id = id;
    this.started = started;
  }

  add(event: JobEvent): void {
    if (event.type === 'opened') this.opened(event.what, event.detail);
    if (event.type === 'saved') this.saved(event);
    if (event.type === 'stage') this.told(event.stage, event.event);
    if (event.type !== 'stage-end') return;
    const { outcome, steps } = event.result;
    this.put(event.stage, { state: outcome, steps, milliseconds: 1000 * event.seconds });
  }

  /** `broken`: what whatever is running now has come to. */
  run(broken: 'failed' | 'interrupted'): WholeRun {
    const { id, job, models, data, held, adapters, evaluations, started } = this;
    const curves = seriesFrom(this.lines);
    const record: RunRecord = {
      ...{ version: RECORD_VERSION, id, name: this.name(), note: '', software: version, started, changed: this.now() },
      ...{ ...this.known, models, data, held, adapters, recipe: job.recipe, demoValues: [] },
      includeControl: job.stages.includes('control'),
      stages: Object.fromEntries(
        Object.entries(this.stages).map(([stage, kept]) => [
          stage,
          kept.state === 'running' ? { ...kept, state: broken } : kept,
        ]),
      ),
      measured: standing(evaluations),
      losses: lossesIn(curves),
    };
    return { record, curves, evaluations };
  }

  private name(): string {
    const rows = this.job.rows.train ?? this.job.rows.test;
    return firstName(rows && basename(rows), this.started);
  }

  private opened(what: string, detail: Readonly<Record<string, unknown>>): void {
    if (what === 'gpu') this.known = { ...this.known, gpu: v.parse(gpuFacts, detail) };
    for (const role of ['teacher', 'student'] as const) {
      if (what === role) {
        const info = v.parse(modelInfo, detail);
        this.models[role] = { source: { kind: 'files', name: info.name }, info };
      }
      const model = this.models[role];
      if (what === `${role}Adapter` && model) this.models[role] = { ...model, adapter: v.parse(adapterInfo, detail) };
    }
    for (const split of ['train', 'test'] as const) if (what === split) this.openedRows(split, detail);
  }

  private openedRows(split: Split, detail: unknown): void {
    const { rows, problems, fingerprint } = v.parse(openedRows, detail);
    const name = basename(this.job.rows[split] ?? split);
    this.data[split] = { name, demo: false, rows, problems: problems.length, fingerprint };
  }

  private saved({ artifact, files }: Extract<JobEvent, { type: 'saved' }>): void {
    if (artifact === 'teacher-merged' || artifact === 'student-distilled') return;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    this.adapters[artifact] = { run: this.id, folder: artifact, files: files.map(({ name }) => name), bytes };
  }

  private told(stage: Stage, event: StageEvent): void {
    const before = event.type === 'resumed' ? event.milliseconds : 0;
    const since = (this.since.get(stage) ?? this.now()) - before;
    this.since.set(stage, since);
    this.put(stage, { milliseconds: this.now() - since });
    if (event.type === 'step') this.step(stage, event.metrics);
    if (event.type === 'evaluation') {
      const { judge, judgePattern } = this.job.recipe;
      const evaluation = { ...event.evaluation, judged: { judge, judgePattern } };
      this.evaluations.push(evaluation);
      this.known.lastMeasured = evaluation.subject;
      this.lines.push(evaluation, { stage, step: evaluation.step, testLoss: evaluation.loss });
    }
    if (event.type === 'merged') this.known.mergeReport = structuredClone(event.report) as Known['mergeReport'];
    if (event.type === 'work') this.known.stepWork = { stage, ops: { ...event.ops } };
    if (event.type === 'plan') this.held[stage] = { planned: event.plan.bytes, held: undefined };
    if (event.type === 'held') this.held[stage] = { planned: 0, ...this.held[stage], held: event.held };
  }

  private step(stage: Stage, metrics: StepMetrics): void {
    this.put(stage, { steps: metrics.step, totalSteps: metrics.totalSteps });
    if (!isTrainingStage(stage)) return;
    const values = Object.entries(stepMetrics).map(([name, read]) => [name, read(metrics)]);
    this.lines.push({ stage, step: metrics.step, ...Object.fromEntries(values) });
  }

  private put(stage: Stage, change: Partial<KeptStage>): void {
    const begun: KeptStage = { state: 'running', steps: 0, milliseconds: 0, recipe: this.job.recipe };
    this.stages[stage] = { ...begun, ...this.stages[stage], ...change };
  }
}
