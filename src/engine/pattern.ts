/**
 * Whether a regular expression from elsewhere is found in a text, without the backtracking that lets one such as `(a+)+$` run for
 * years: every character is looked at once, with all places of the expression that can be reached there (Thompson 1968). That is
 * bounded wherever it runs, in the page and without one, so that nobody has to be able to stop it. It says what JavaScript's own
 * says; what cannot be done so, references back to a group, is refused.
 */

export interface Pattern {
  test(text: string): boolean;
}

type Node =
  | { readonly kind: 'character'; readonly is: (char: string) => boolean }
  | { readonly kind: 'place'; readonly holds: Holds }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly body: Node; readonly least: number; readonly most: number };

/** Says of every place of a text, from 0 to its length, whether it is one. */
type Holds = (chars: readonly string[]) => (at: number) => boolean;

/** One state; `next` are the two at most that are reached from it. */
interface State {
  readonly is?: (char: string) => boolean;
  readonly holds?: Holds;
  readonly next: number[];
}

/** States that may still be made, in the expression and in those within it that look around. */
interface Room {
  states: number;
  readonly copies: number;
}

/** What counted repetition may be written out to, beyond the expression's own length: at worst a fifth of a second a text. */
const MOST_COPIES = 2000;

/** Flags are none or `u`; `copies` of its parts may be made of it. Throws a SyntaxError that says what is wrong with it. */
export function compilePattern(source: string, flags: '' | 'u', copies = MOST_COPIES): Pattern {
  // JavaScript's own parser knows every rule; the empty alternative is found first, and what is too large comes to light.
  new RegExp(`|(?:${source})`, flags).test('');
  const room = { states: source.length + copies, copies };
  const found = findings(new Parser(source, flags, room).whole(), false, room);
  const split = flags === 'u' ? (text: string) => Array.from(text) : (text: string) => text.split('');
  return {
    test: (text) => {
      const chars = split(text);
      const at = found(chars);
      return chars.some((_, i) => at(i)) || at(chars.length);
    },
  };
}

/** The places where something that `root` describes ends; with `back`, where it begins. */
function findings(root: Node, back: boolean, room: Room): Holds {
  const states: State[] = [];
  const add = (state: State): number => {
    if (--room.states < 0) throw new SyntaxError(`its repetitions come to more than ${room.copies} parts`);
    return states.push(state) - 1;
  };
  const end = add({ next: [] });
  const start = build(root, end, back, add);
  return (chars) => {
    // One that repetition has written out many times is looked for once: within each other they would come to years.
    const wanted = new Set(states.flatMap(({ holds }) => holds ?? []));
    const places = new Map(Array.from(wanted, (holds) => [holds, holds(chars)] as const));
    const ends = scan(states, start, end, chars, back, (holds, at) => places.get(holds)!(at));
    return (at) => ends[at] === 1;
  };
}

/** The state before what `node` describes, whose end is `then`. */
function build(node: Node, then: number, back: boolean, add: (state: State) => number): number {
  switch (node.kind) {
    case 'character':
      return add({ is: node.is, next: [then] });
    case 'place':
      return add({ holds: node.holds, next: [then] });
    case 'any':
      return node.parts.map((part) => build(part, then, back, add)).reduce((one, other) => add({ next: [one, other] }));
    case 'all':
      // The part that is met last is built first.
      return (back ? node.parts : node.parts.toReversed()).reduce((at, part) => build(part, at, back, add), then);
    case 'repeat': {
      let at = then;
      if (node.most === Number.POSITIVE_INFINITY) {
        const next = [then];
        at = add({ next });
        next.push(build(node.body, at, back, add));
      } else for (let i = node.least; i < node.most; i++) at = add({ next: [then, build(node.body, at, back, add)] });
      for (let i = 0; i < node.least; i++) at = build(node.body, at, back, add);
      return at;
    }
  }
}

/** 1 for every place of the text where the end is reached from a start anywhere before it, or with `back` behind it. */
function scan(
  states: readonly State[],
  start: number,
  end: number,
  chars: readonly string[],
  back: boolean,
  holds: (place: Holds, at: number) => boolean,
): Uint8Array {
  const ends = new Uint8Array(chars.length + 1);
  const [one, two] = [0, 1].map((i) => Int32Array.from(states, ({ next }) => next[i] ?? -1)) as [
    Int32Array,
    Int32Array,
  ];
  const [open, waiting] = [new Int32Array(3 * states.length + 1), new Int32Array(states.length)];
  // The step at which a state was last reached: no set is emptied.
  const seen = new Int32Array(states.length).fill(-1);
  let top = 0;
  for (let step = 0; step <= chars.length; step++) {
    const at = back ? chars.length - step : step;
    let count = 0;
    open[top++] = start;
    while (top > 0) {
      const state = open[--top]!;
      if (seen[state] === step) continue;
      seen[state] = step;
      const { is, holds: place } = states[state]!;
      if (is) waiting[count++] = state;
      else if (!place || holds(place, at)) {
        if (two[state]! >= 0) open[top++] = two[state]!;
        if (one[state]! >= 0) open[top++] = one[state]!;
      }
    }
    if (seen[end] === step) ends[at] = 1;
    const char = chars[back ? at - 1 : at];
    if (char === undefined) break;
    for (let i = 0; i < count; i++) if (states[waiting[i]!]!.is!(char)) open[top++] = one[waiting[i]!]!;
  }
  return ends;
}

/** Recursive descent over an expression that is known to be valid. */
class Parser {
  private at = 0;
  private readonly source: string;
  private readonly flags: string;
  private readonly room: Room;

  constructor(source: string, flags: string, room: Room) {
    this.source = source;
    this.flags = flags;
    this.room = room;
  }

  whole(): Node {
    const node = this.any();
    if (this.at < this.source.length) throw new SyntaxError('it has a bracket too many');
    return node;
  }

  private any(): Node {
    const parts = [this.all()];
    while (this.take('|')) parts.push(this.all());
    return { kind: 'any', parts };
  }

  private all(): Node {
    const parts: Node[] = [];
    while (this.at < this.source.length && !'|)'.includes(this.source[this.at]!)) parts.push(this.repeated(this.one()));
    return { kind: 'all', parts };
  }

  private repeated(body: Node): Node {
    const found = this.match(/([*+?]|\{(\d+)(,?)(\d*)\})\??/y);
    if (!found) return body;
    const [, sign = '', low, comma, high] = found;
    const endless = Number.POSITIVE_INFINITY;
    if (low === undefined)
      return { kind: 'repeat', body, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : endless };
    const least = Number(low);
    return { kind: 'repeat', body, least, most: high ? Number(high) : comma ? endless : least };
  }

  private one(): Node {
    if (this.take('^')) return { kind: 'place', holds: () => (at) => at === 0 };
    if (this.take('$')) return { kind: 'place', holds: (chars) => (at) => at === chars.length };
    if (this.take('\\b')) return { kind: 'place', holds: (chars) => (at) => atWord(chars, at) };
    if (this.take('\\B')) return { kind: 'place', holds: (chars) => (at) => !atWord(chars, at) };
    if (this.source[this.at] === '(') return this.group();
    return { kind: 'character', is: characterTest(this.character(), this.flags) };
  }

  private group(): Node {
    const [, look] = this.match(/\((?:\?(<?[=!]))/y) ?? [];
    if (look === undefined && !this.match(/\((?:\?:|\?<[^>]*>)?(?!\?)/y))
      throw new SyntaxError('its flags within a group are not supported');
    const body = this.any();
    this.take(')');
    if (look === undefined) return body;
    // What follows a place is found from behind it.
    const holds = findings(body, !look.startsWith('<'), this.room);
    if (look.endsWith('=')) return { kind: 'place', holds };
    return { kind: 'place', holds: (chars) => negated(holds(chars)) };
  }

  /** The text of what stands for one character. */
  private character(): string {
    if (/\\[1-9]|\\k</y.test(this.rest())) throw new SyntaxError('references back to a group are not supported');
    const escaped = this.flags === 'u' ? unicodeEscape : plainEscape;
    return this.match(/\[(?:\\[\s\S]|[^\]\\])*\]/y)?.[0] ?? this.match(escaped)?.[0] ?? this.match(/[\s\S]/uy)![0];
  }

  private rest(): string {
    return this.source.slice(this.at, this.at + 3);
  }

  private take(text: string): boolean {
    const found = this.source.startsWith(text, this.at);
    if (found) this.at += text.length;
    return found;
  }

  private match(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.at;
    const found = form.exec(this.source);
    if (found) this.at += found[0].length;
    return found ?? undefined;
  }
}

const unicodeEscape =
  /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[a-zA-Z]|[\s\S])/uy;
const plainEscape = /\\(?:u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[a-zA-Z]|0[0-7]{0,2}|[\s\S])/y;

/** Of one character, JavaScript's own expression takes no time: it knows every class and escape. */
function characterTest(source: string, flags: string): (char: string) => boolean {
  if (/^[^\\.[]$/u.test(source)) return (char) => char === source;
  const own = new RegExp(`^${source}$`, flags);
  const known = new Map<string, boolean>();
  return (char) => {
    const told = known.get(char) ?? own.test(char);
    known.set(char, told);
    return told;
  };
}

function negated(holds: (at: number) => boolean): (at: number) => boolean {
  return (at) => !holds(at);
}

function atWord(chars: readonly string[], at: number): boolean {
  const word = (char = ''): boolean => /^\w$/.test(char);
  return word(chars[at - 1]) !== word(chars[at]);
}
