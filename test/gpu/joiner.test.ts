/** Parts that one dispatch serves: joined where their tensors lie in one buffer, and worked out once for the same tensors. */
import { expect, it } from 'vitest';
import { joiner } from '../../src/engine/gpu/joiner';
import { Paper } from '../../src/engine/gpu/paper';
import type { Tensor } from '../../src/engine/gpu/tensor';

interface Part {
  readonly weight: Tensor;
  readonly bias?: Tensor | undefined;
  readonly seed: number;
}

const arena = new Paper(Number.POSITIVE_INFINITY).arena('test');
const alone = (name: string) => arena.tensor(name, [4]);
const beside = (...names: string[]) =>
  arena.beside(
    names.map((name) => ({ name, shape: [4] })),
    'f32',
  );

/** Counts how often facts are worked out. */
function joining() {
  let made = 0;
  const groupsOf = joiner<Part>()({
    kinds: { weight: ({ weight }: Part) => weight, bias: ({ bias }: Part) => bias },
    same: (one, other) => one.weight === other.weight && one.bias === other.bias,
    factsOf: (parts, spans) => ({ nth: ++made, count: parts.length, spans }),
  });
  return { groupsOf, made: () => made };
}

it('joins parts whose tensors of each kind lie in one buffer, and tells where each begins', () => {
  const { groupsOf } = joining();
  const [first, second] = beside('a', 'b') as [Tensor, Tensor];
  const bias = alone('bias');
  const parts = [
    { weight: second, seed: 1 },
    { weight: first, bias, seed: 2 },
  ];
  const [group, ...others] = groupsOf(parts);
  expect(others).toEqual([]);
  expect(group!.parts).toBe(parts);
  const { weight, bias: biases } = group!.facts.spans;
  expect(weight.starts).toEqual([(second.offset - first.offset) / 4, 0]);
  expect(weight.whole).toMatchObject({ offset: first.offset, bytes: second.offset + second.bytes - first.offset });
  expect(biases).toMatchObject({ starts: [0, 0], whole: { buffer: bias.buffer } });
});

it('leaves parts apart where any kind lies in two buffers, each with its own part', () => {
  const { groupsOf } = joining();
  const parts = [
    { weight: alone('a'), seed: 1 },
    { weight: alone('b'), seed: 2 },
  ];
  const groups = groupsOf(parts);
  expect(groups.map((group) => group.parts)).toEqual([[parts[0]], [parts[1]]]);
  expect(groups.map(({ facts }) => facts.spans.weight.starts)).toEqual([[0], [0]]);
  expect(groupsOf([])).toEqual([]);
});

it('works facts out once for the same tensors, and gives the parts of now', () => {
  const { groupsOf, made } = joining();
  const weights = beside('a', 'b');
  const parts = (seed: number) => weights.map((weight) => ({ weight, seed }));
  expect(groupsOf(parts(1))[0]!.facts.nth).toBe(1);
  const again = groupsOf(parts(2))[0]!;
  expect([again.facts.nth, again.parts.map(({ seed }) => seed)]).toEqual([1, [2, 2]]);
  // Fewer of them, or with something else beside them, are other groups; those before are still known.
  expect(groupsOf(parts(3).slice(0, 1))[0]!.facts).toMatchObject({ nth: 2, count: 1 });
  const bias = alone('bias');
  expect(groupsOf(parts(4).map((part) => ({ ...part, bias })))[0]!.facts.nth).toBe(3);
  expect(groupsOf(parts(5))[0]!.facts.nth).toBe(1);
  expect(made()).toBe(3);
});

it('forgets what was not asked for in a long time', () => {
  const { groupsOf, made } = joining();
  const weight = alone('a');
  const withBias = (name: string) => ({ weight, bias: alone(name), seed: 0 });
  const first = withBias('first');
  groupsOf([first]);
  for (let n = 0; n < 20; n++) groupsOf([withBias(`bias ${n}`)]);
  groupsOf([first]);
  expect(made()).toBe(22);
});
