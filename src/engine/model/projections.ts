/** The seven linear maps of a layer that an adapter can sit on, by their checkpoint names. */

export const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;

export type Projection = (typeof projections)[number];

/** Those that read the same input: their tensors lie side by side, so that one dispatch serves them. */
export const projectionGroups = [
  ['q_proj', 'k_proj', 'v_proj'],
  ['o_proj'],
  ['gate_proj', 'up_proj'],
  ['down_proj'],
] as const satisfies readonly (readonly Projection[])[];

/** One value for each of the seven. */
export function perProjection<T>(make: (projection: Projection) => T): Record<Projection, T> {
  const [q, k, v, o, gate, up, down] = projections;
  return {
    [q]: make(q),
    [k]: make(k),
    [v]: make(v),
    [o]: make(o),
    [gate]: make(gate),
    [up]: make(up),
    [down]: make(down),
  };
}

/** The module of a projection within its layer. */
export function moduleName(projection: Projection): string {
  const mlp = projection === 'gate_proj' || projection === 'up_proj' || projection === 'down_proj';
  return `${mlp ? 'mlp' : 'self_attn'}.${projection}`;
}
