/** Written models under a second engine: one check at a time, what each form came to in this visit, and why none can start. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { asking } from './ask';
import type { Exports } from './exports';
import { busySaving, isSaving } from './save';
import { exportKey, sourceOf } from './secondEngine';
import type { Session, SessionStore } from './session';
import type {
  Exported,
  Failure,
  OnnxForm,
  SecondBackend,
  SecondRuntime,
  VouchEvent,
  VouchPhase,
  VouchReport,
  VouchRow,
} from './types';

export interface CheckChoice {
  readonly form: OnnxForm;
  readonly runtime: SecondRuntime;
  readonly backend: SecondBackend;
  /** How many of the test rows, spread evenly; undefined: all. */
  readonly rows: number | undefined;
}

/** The check under way, or the last one where it failed. */
export interface Check extends CheckChoice {
  /** Of the written model (`exportKey`). */
  readonly of: string;
  readonly progress: { readonly phase: VouchPhase; readonly done: number; readonly total: number } | undefined;
  /** As they come. */
  readonly compared: readonly VouchRow[];
  readonly stopping: boolean;
  readonly failure: Failure | undefined;
}

export type Reports = Readonly<Partial<Record<OnnxForm, VouchReport>>>;

export interface VouchingState {
  readonly check: Check | undefined;
  /** The last of each form, by the written model. */
  readonly reports: Readonly<Record<string, Reports>>;
}

export interface Vouching {
  readonly vouching: StoreApi<VouchingState>;
  /** Undefined when it could not be made, which the page then says. */
  vouch(exported: Exported, choice: CheckChoice): Promise<VouchReport | undefined>;
  /** Those forms, one after the other, on some rows each; ends with the first that is stopped or fails. */
  vouchForms(exported: Exported, forms: readonly OnnxForm[]): Promise<void>;
  stopVouching(): void;
}

/** Rows of a check that nobody has asked for: half a minute of a small model. */
export const someRows = 32;

export function isChecking({ check }: VouchingState): boolean {
  return check !== undefined && check.failure === undefined;
}

const busy: Failure = {
  code: 'busy-check',
  message: 'A stage is running. Wait until it ends, or stop it, then check.',
  detail: {},
};

const noGpu: Failure = {
  code: 'check-no-gpu',
  message: 'There is no WebGPU here for our own kernels, so there is nothing to compare with.',
  detail: {},
};

const noRows: Failure = {
  code: 'check-no-rows',
  message: 'Open test rows first: they are what both engines are asked.',
  detail: {},
};

type Facts = Pick<Session, 'running' | 'runningAll' | 'saving' | 'inquiry' | 'gpu' | 'lost' | 'data'>;

/** Why no check can start now. */
export function noCheck({ running, runningAll, saving, inquiry, gpu, lost, data }: Facts): Failure | undefined {
  if (gpu.state !== 'open' || lost) return noGpu;
  if (running !== undefined || runningAll) return busy;
  if (isSaving(saving)) return busySaving;
  if (inquiry) return asking(inquiry);
  return data.test.dataset?.examples.length ? undefined : noRows;
}

export function createVouching(
  store: SessionStore,
  client: () => EngineClient,
  { exportFiles }: Pick<Exports, 'exportFiles'>,
): Vouching {
  const vouching = createStore<VouchingState>()(() => ({ check: undefined, reports: {} }));

  const set = (change: Partial<Check>): void =>
    vouching.setState(({ check }) => ({ check: check && { ...check, ...change } }));

  const hear = (event: VouchEvent): void => {
    if (event.type === 'row') set({ compared: [...(vouching.getState().check?.compared ?? []), event.row] });
    else set({ progress: event });
    // Asked for while the engine was still loading something else, it was not heard.
    if (event.type === 'phase' && vouching.getState().check?.stopping) client().stopVouching();
  };

  /** What was stopped before it was red leaves a verdict of more rows as it was; what was deleted on the way is not known. */
  const keep = (of: string, report: VouchReport): void => {
    const there = store.getState().exports?.some((exported) => exportKey(exported) === of) ?? true;
    const known = vouching.getState().reports[of]?.[report.form]?.rows.length ?? 0;
    if (report.rows.length === 0 || !there) return;
    if (report.verdict === 'stopped' && report.rows.length < known) return;
    vouching.setState(({ reports }) => ({ reports: { ...reports, [of]: { ...reports[of], [report.form]: report } } }));
  };

  const vouch: Vouching['vouch'] = async (exported, choice) => {
    const session = store.getState();
    const refusal = noCheck(session);
    if (refusal) {
      session.notify(refusal);
      return undefined;
    }
    const of = exportKey(exported);
    const begun = { progress: undefined, compared: [], stopping: false, failure: undefined };
    vouching.setState({ check: { ...choice, ...begun, of } });
    session.setInquiry('check');
    try {
      const folder = sourceOf(exported.name, await exportFiles(exported));
      if (vouching.getState().check?.stopping) {
        vouching.setState({ check: undefined });
        return undefined;
      }
      const report = await client().vouch({ ...choice, folder, recipe: session.recipe }, hear);
      keep(of, report);
      vouching.setState({ check: undefined });
      return report;
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code === 'worker-closed') vouching.setState({ check: undefined });
      else set({ failure });
      return undefined;
    } finally {
      session.setInquiry(undefined);
    }
  };

  const stopVouching = (): void => {
    if (!isChecking(vouching.getState())) return;
    set({ stopping: true });
    client().stopVouching();
  };

  // What is no longer on the list is not checked any further, and nothing is known of it.
  store.subscribe(({ exports }, before) => {
    if (!exports || exports === before.exports) return;
    const there = new Set(exports.map(exportKey));
    const { check, reports } = vouching.getState();
    if (check && !there.has(check.of)) {
      if (check.failure) vouching.setState({ check: undefined });
      else stopVouching();
    }
    vouching.setState({ reports: Object.fromEntries(Object.entries(reports).filter(([of]) => there.has(of))) });
  });

  return {
    vouching,
    vouch,
    vouchForms: async (exported, forms) => {
      const { test } = store.getState().data;
      const rows = (test.dataset?.examples.length ?? 0) > someRows ? someRows : undefined;
      for (const form of forms) {
        const report = await vouch(exported, { form, runtime: 'onnxruntime', backend: 'wasm', rows });
        if (!report || report.verdict === 'stopped') return;
      }
    },
    stopVouching,
  };
}
