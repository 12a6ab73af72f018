/** Tensors that lie side by side, so that one dispatch serves several parts: queries, keys and values, or gate and up. */
import type { Tensor } from './tensor';

/** One binding over tensors of one buffer, as words of 32 bits, and the word at which each begins; 0 for an absent one. */
interface Span {
  /** Undefined when all are absent. */
  readonly whole: Tensor | undefined;
  readonly starts: readonly number[];
}

type Kinds<Part> = Readonly<Record<string, (part: Part) => Tensor | undefined>>;

/** Parts that one dispatch serves, and what follows from their tensors. */
interface Group<Part, Facts> {
  readonly parts: readonly Part[];
  readonly facts: Facts;
}

interface Joining<Part, K extends Kinds<Part>, Facts> {
  /** Tensors of a part by their use; one of the first kind is never absent, and in few groups. */
  readonly kinds: K;
  /** Whether the facts about one hold for the other: of the same tensors and sizes. */
  readonly same: (one: Part, other: Part) => boolean;
  /** What the parts of a group have in common, with the span of each kind of tensor over them. */
  readonly factsOf: (parts: readonly Part[], spans: Readonly<Record<keyof K, Span>>) => Facts;
}

interface Joined<Part, Facts> {
  readonly parts: readonly Part[];
  /** One for all parts, or one for each. */
  readonly facts: readonly Facts[];
}

/** Passes with and without an adapter, a cache or gradients read the same weights. */
const MOST_KNOWN = 8;

/**
 * Joins parts: one group where the tensors of each kind lie in one buffer, else each part in a group of its own. Every step
 * joins the same tensors hundreds of times: what follows from them is kept as long as the first of them is.
 */
export function joiner<Part>() {
  return <K extends Kinds<Part>, Facts>(joining: Joining<Part, K, Facts>) => {
    const known = new WeakMap<Tensor, Joined<Part, Facts>[]>();
    const keyOf = Object.values(joining.kinds)[0]!;
    return (parts: readonly Part[]): readonly Group<Part, Facts>[] => {
      const key = parts[0] && keyOf(parts[0]);
      if (!key) return [];
      const list = known.get(key) ?? [];
      const joined = list.find((one) => isSame(joining.same, one.parts, parts)) ?? join(joining, parts);
      if (list.at(-1) !== joined) known.set(key, [...list.filter((one) => one !== joined), joined].slice(-MOST_KNOWN));
      return groupsOf(joined, parts);
    };
  };
}

function isSame<Part>(same: (one: Part, other: Part) => boolean, these: readonly Part[], those: readonly Part[]) {
  if (these.length !== those.length) return false;
  for (let p = 0; p < these.length; p++) if (!same(these[p]!, those[p]!)) return false;
  return true;
}

function join<Part, K extends Kinds<Part>, Facts>(
  { kinds, factsOf }: Joining<Part, K, Facts>,
  parts: readonly Part[],
): Joined<Part, Facts> {
  const beside = Object.values(kinds).every((kind) => new Set(present(parts.map(kind)).map((t) => t.buffer)).size <= 1);
  const groups = beside ? [parts] : parts.map((part) => [part]);
  return { parts, facts: groups.map((group) => factsOf(group, spansOf(kinds, group))) };
}

/** Of parts that are the same, though their seeds may not be. */
function groupsOf<Part, Facts>({ facts }: Joined<Part, Facts>, parts: readonly Part[]): readonly Group<Part, Facts>[] {
  if (facts.length === 1) return [{ parts, facts: facts[0]! }];
  return facts.map((one, p) => ({ parts: [parts[p]!], facts: one }));
}

function spansOf<Part, K extends Kinds<Part>>(kinds: K, parts: readonly Part[]) {
  const spans = Object.entries(kinds).map(([name, kind]) => [name, spanOf(parts.map(kind))]);
  // Object.fromEntries forgets the names of the kinds.
  return Object.fromEntries(spans) as Record<keyof K, Span>;
}

function spanOf(tensors: readonly (Tensor | undefined)[]): Span {
  const there = present(tensors);
  const [one] = there;
  if (!one) return { whole: undefined, starts: tensors.map(() => 0) };
  const offset = Math.min(...there.map((tensor) => tensor.offset));
  const bytes = Math.max(...there.map((tensor) => tensor.offset + tensor.bytes)) - offset;
  return {
    whole: { name: one.name, dtype: 'u32', shape: [bytes / 4], buffer: one.buffer, offset, bytes },
    starts: tensors.map((tensor) => (tensor ? (tensor.offset - offset) / 4 : 0)),
  };
}

function present(tensors: readonly (Tensor | undefined)[]): readonly Tensor[] {
  return tensors.filter((tensor) => tensor !== undefined);
}
