/** An exported folder under our kernels and under a second engine: the same prompts, logits and answers beside each other. */
import { type TokenRow, tokenizeExamples } from '../data/examples';
import type { Example } from '../data/jsonl';
import { judge } from '../data/judge';
import type { Gpu } from '../gpu/gpu';
import type { Lookout } from '../lookout';
import { type LoadedModel, loadModel, unload } from '../model/loaded';
import type { Model } from '../model/weights';
import { StudioError } from '../studioError';
import { endTokensOf } from '../train/answers';
import type { Control } from '../train/control';
import { sampleRows } from '../train/evaluate';
import { parseRecipe, type Recipe } from '../train/recipe';
import { optionsFor } from '../train/rows';
import { differenceOf, distanceOf, partsAt } from './difference';
import { onnxFiles } from './onnxFiles';
import { lastLogits, ourAnswers } from './ours';
import type { VouchAnswer, VouchEvent, VouchPhase, VouchReport, VouchRequest, VouchRow } from './report';
import type { OpenSecond, SecondAnswer, SecondEngine } from './second';
import { allowed, summarize } from './verdict';

export interface Vouching {
  readonly gpu: Gpu;
  /** Chooses kernels for a model that was just loaded. */
  readonly prepare: (model: Model) => Promise<void>;
  readonly openSecond: OpenSecond;
  /** The test rows. */
  readonly examples: readonly Example[];
  readonly control: Pick<Control, 'heed' | 'asked'>;
  readonly lookout?: Lookout | undefined;
}

type Tell = (event: VouchEvent) => void;

/** Throws as `VouchDoor.vouch`. What it takes on the GPU and in the second engine is given back, however it ends. */
export async function vouch(vouching: Vouching, request: VouchRequest, tell: Tell): Promise<VouchReport> {
  const recipe = parseRecipe(request.recipe);
  if (vouching.examples.length === 0) throw noRows();
  // What is not there is said before anything is computed.
  await onnxFiles(request.folder, request.form);
  const phase = phases(tell);
  phase('loading', 0, 1);
  const loaded = await loadModel(vouching.gpu, request.folder, undefined, vouching.lookout);
  try {
    await vouching.prepare(loaded.base);
    return await new Comparison(vouching, request, recipe, loaded, tell).run();
  } finally {
    unload(loaded);
  }
}

const phases = (tell: Tell) => (phase: VouchPhase, done: number, total: number) =>
  tell({ type: 'phase', phase, done, total });

function noRows(reason = 'none are open'): StudioError {
  const message = `There are no test rows to ask both engines (${reason}). Open test rows first.`;
  return new StudioError('vouch-no-rows', message, { reason });
}

/** A row with our answer, which the second engine has still to give. */
interface Asked extends TokenRow {
  readonly ours: Uint32Array;
  readonly room: number;
}

class Comparison {
  private readonly vouching: Vouching;
  private readonly request: VouchRequest;
  private readonly recipe: Recipe;
  private readonly loaded: LoadedModel;
  private readonly tell: Tell;
  private readonly endTokens: readonly number[];
  private readonly milliseconds = { ours: 0, opening: 0, second: 0 };
  private leftOut = 0;

  constructor(vouching: Vouching, request: VouchRequest, recipe: Recipe, loaded: LoadedModel, tell: Tell) {
    this.vouching = vouching;
    this.request = request;
    this.recipe = recipe;
    this.loaded = loaded;
    this.tell = tell;
    this.endTokens = endTokensOf(loaded.tokenizer, loaded.base.config);
  }

  async run(): Promise<VouchReport> {
    const rows = await this.rows();
    const asked = rows && (await this.answered(rows));
    const compared = asked ? await this.compared(asked) : [];
    const { form, runtime, backend } = this.request;
    const total =
      rows?.length ?? Math.min(this.request.rows ?? Number.POSITIVE_INFINITY, this.vouching.examples.length);
    const facts = { model: this.loaded.info.name, form, runtime, backend, milliseconds: this.milliseconds };
    return { ...facts, rows: compared, asked: total, leftOut: this.leftOut, ...summarize(form, compared, total) };
  }

  /** As evaluation makes them; undefined when stopped. Throws `vouch-no-rows` where none fits the model. */
  private async rows(): Promise<readonly TokenRow[] | undefined> {
    const { loaded, recipe, request } = this;
    const { examples, control } = this.vouching;
    const watch = { boundary: () => control.heed(), progress: () => {} };
    const made = await tokenizeExamples(loaded.tokenizer, examples, optionsFor(recipe, loaded, 'test'), watch);
    if (made?.rows.length === 0) throw noRows(made.problems[0]?.message);
    this.leftOut = made?.problems.length ?? 0;
    return made && sampleRows(made.rows, request.rows ?? made.rows.length);
  }

  private async answered(rows: readonly TokenRow[]): Promise<readonly Asked[] | undefined> {
    const { gpu, control } = this.vouching;
    const { base } = this.loaded;
    const { maxNewTokens } = this.recipe.evaluation;
    const since = performance.now();
    const answers = await ourAnswers(
      gpu,
      base,
      rows.map(({ prompt }) => prompt),
      { maxNewTokens, endTokens: this.endTokens },
      { boundary: () => control.heed(), progress: (...counts) => phases(this.tell)('answering', ...counts) },
    );
    this.milliseconds.ours = performance.now() - since;
    return answers?.map((ids, i) => {
      const row = rows[i]!;
      // Our kernels know no end of the context; the tables of the ONNX have one.
      const room = Math.min(maxNewTokens, base.config.context - row.prompt.length);
      return { ...row, ours: ids.slice(0, room), room };
    });
  }

  /** In the order of the rows; fewer when stopped. */
  private async compared(asked: readonly Asked[]): Promise<readonly VouchRow[]> {
    const phase = phases(this.tell);
    phase('opening', 0, 1);
    const since = performance.now();
    const second = await this.vouching.openSecond(this.request);
    this.milliseconds.opening = performance.now() - since;
    const found = new Map<Asked, VouchRow>();
    try {
      phase('comparing', 0, asked.length);
      await lastLogits(this.vouching.gpu, this.loaded.base, asked, async (row, logits) => {
        if ((await this.vouching.control.heed()) === 'stop') return 'stop';
        const compared = await this.compare(row, logits, second).catch(this.unlessStopped);
        if (!compared) return 'stop';
        found.set(row, compared);
        this.tell({ type: 'row', row: compared });
        phase('comparing', found.size, asked.length);
        return 'go';
      });
    } finally {
      await second.close();
    }
    return asked.flatMap((row) => found.get(row) ?? []);
  }

  /** Stopping closes the second engine, whatever it is doing. */
  private readonly unlessStopped = (error: unknown): undefined => {
    if (!this.vouching.control.asked) throw error;
  };

  private async compare(row: Asked, logits: Float32Array, second: SecondEngine): Promise<VouchRow> {
    const { endTokens } = this;
    const since = performance.now();
    const theirs = await second.answer(row.prompt, { maxNewTokens: row.room, endTokens });
    this.milliseconds.second += performance.now() - since;
    const distance = distanceOf(logits, theirs.logits);
    const { file, line, question, answer: expected } = row.example;
    const said = { ours: this.judged(row, row.ours), second: this.judged(row, theirs.ids) };
    const difference = await this.difference(row, theirs, allowed(this.request.form, distance));
    return { ...(file !== undefined && { file }), line, question, expected, ...said, distance, difference };
  }

  private async difference({ prompt, ours }: Asked, { ids }: SecondAnswer, allowed: number) {
    const index = partsAt(ours, ids);
    if (index === undefined) return undefined;
    const { gpu } = this.vouching;
    const { base, tokenizer } = this.loaded;
    const parted = { index, ours: ours[index], second: ids[index] };
    const same = Uint32Array.from([...prompt, ...ours.subarray(0, index)]);
    let found: VouchRow['difference'];
    await lastLogits(gpu, base, [{ prompt: same }], async (_, logits) => {
      found = differenceOf(parted, logits, allowed, tokenizer, this.endTokens);
      return 'go';
    });
    return found;
  }

  private judged({ example }: TokenRow, ids: readonly number[] | Uint32Array): VouchAnswer {
    const text = this.loaded.tokenizer.decode(ids);
    const asked = { question: example.question, expected: example.answer, output: text };
    return { text, correct: judge(this.recipe.judge, { ...asked, pattern: this.recipe.judgePattern }) };
  }
}
