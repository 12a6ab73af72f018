/**
 * A chat template is a program that comes with a model. It runs with as many steps and as much to hold as the conversation calls
 * for, counted and not timed: what is refused is the same on every machine, and nothing has to be ended from outside. Sole importer
 * of @huggingface/jinja.
 */
import { type Environment, Interpreter, Template } from '@huggingface/jinja';

type Values = Readonly<Record<string, unknown>>;

/** Ten times the longest of published models; and as much white space in a row as none has, which takes its parser by squares. */
const MOST_CHARACTERS = 100_000;
const TOO_MUCH_SPACE = /\s{1000}/;

/** Published templates take some hundred steps for a message. */
const STEPS = 100_000;
const STEPS_A_MESSAGE = 5000;

/** Throws what is wrong with the template. */
export function compileTemplate(text: string): (messages: readonly object[], values: Values) => string {
  if (text.length > MOST_CHARACTERS || TOO_MUCH_SPACE.test(text)) throw new Error('it is far longer than any template');
  const template = new Template(text);
  return (messages, values) => {
    const characters = JSON.stringify(messages).length;
    const before = budget;
    budget = new Budget(STEPS + STEPS_A_MESSAGE * messages.length + characters, characters);
    try {
      return template.render({ messages, add_generation_prompt: true, ...values });
    } finally {
      budget = before;
    }
  };
}

class Budget {
  private left: number;
  /** Characters and items that one value may have. */
  private readonly most: number;
  /** Of what was met: a list of the same list twice is small to hold, and long to write out. */
  private readonly weights = new WeakMap<object, number>();

  constructor(steps: number, characters: number) {
    this.left = steps;
    this.most = 200_000 + 4 * characters;
  }

  step(cost = 1): void {
    this.left -= cost;
    if (this.left < 0) throw new Error('it takes far more steps than the conversation calls for');
  }

  /**
   * What a step gives: a text of so many characters, a list of so many items, with all that is in them. Whole when it is met first;
   * then as much as looking through it takes.
   */
  made(value: object): void {
    const held: unknown = 'value' in value ? value.value : undefined;
    const items = itemsOf(held);
    if (!items && typeof held !== 'string') return;
    if (this.weights.has(value)) {
      this.step(items ? items.length / 100 : 0);
      return;
    }
    const weight = items ? items.reduce((sum, item) => sum + (this.weights.get(item) ?? 1), 0) : String(held).length;
    if (weight > this.most) throw new Error('it makes something far larger than the conversation');
    this.weights.set(value, weight);
    this.step(items ? items.length : weight / 100);
  }

  /** A loop over it: there may be nothing inside that is counted, and every turn has a scope of its own. */
  passed(value: object): void {
    this.step('value' in value ? 3 * (itemsOf(value.value)?.length ?? 0) : 0);
  }
}

function itemsOf(held: unknown): readonly object[] | undefined {
  if (Array.isArray(held)) return held;
  return held instanceof Map ? [...held.values()] : undefined;
}

let budget: Budget | undefined;

type Evaluate = typeof Interpreter.prototype.evaluate;

const evaluate: Evaluate = Interpreter.prototype.evaluate;

/** The library has no place to count at: every statement and every expression within one comes through here. */
const counted: Evaluate = function (this: Interpreter, statement, environment) {
  budget?.step();
  if (statement?.type === 'Program') boundRange(environment);
  if (statement?.type === 'For' && 'iterable' in statement) iterated.add(lists(statement.iterable as Iterated));
  const value = evaluate.call(this, statement, environment);
  budget?.made(value);
  if (statement && iterated.has(statement)) budget?.passed(value);
  return value;
};
Interpreter.prototype.evaluate = counted;

/** The expressions that loops go over. */
const iterated = new WeakSet<object>();

type Iterated = { readonly type: string; readonly lhs?: object };

/** `for … in list if …` has its list within. */
function lists(iterable: Iterated): object {
  return iterable.type === 'SelectExpression' ? (iterable.lhs ?? iterable) : iterable;
}

/** The one function that makes much of little: as the library's, but counted before. */
function boundRange({ variables, parent }: Environment): void {
  const range = parent ? undefined : variables.get('range');
  if (!range || bounded.has(range)) return;
  const own = range.value as Call;
  const call: Call = (args, scope) => {
    const [first = 0, second, step = 1] = args.map(({ value }) => Number(value));
    const [from, to] = second === undefined ? [0, first] : [first, second];
    const items = Math.abs((to - from) / step);
    budget?.step(items > 0 ? items : 1);
    return own(args, scope);
  };
  range.value = call;
  bounded.add(range);
}

type Call = (args: readonly { readonly value: unknown }[], scope: Environment) => never;

const bounded = new WeakSet<object>();
