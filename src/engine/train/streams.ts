/** Streams of random numbers that one seed gives and that must not overlap. */
export const stream = { initial: 1, dropout: 2, order: 3 } as const;
