/** What merging did to a model. Types only. */

/** How far merging moved one matrix. Norms are Frobenius norms. */
export interface ModuleShift {
  readonly layer: number;
  readonly projection: string;
  /** ‖W‖ before merging; 0 where a matrix is all zeros */
  readonly norm: number;
  /** ‖scale · B A‖: what the adapter asks for */
  readonly change: number;
  /** ‖merged − W‖: what is left of it after rounding to bf16 */
  readonly moved: number;
  /** Largest |merged − W| */
  readonly largest: number;
}

/** The logits of base + adapter and of the merged model at every label position of some test rows. */
export interface LogitGap {
  readonly rows: number;
  readonly positions: number;
  readonly largestGap: number;
  readonly largestLogit: number;
  /** Positions where both have the same most likely token. */
  readonly sameToken: number;
}

export interface MergeReport {
  readonly modules: readonly ModuleShift[];
  /**
   * Largest |merged − (W + scale · B A)| over all merged weights in units of the last place of bf16: at most one half
   * (and f32's own rounding) says that before rounding the merged weights are base + adapter.
   */
  readonly rounding: number;
  /** What the rounding does to the logits; undefined without test rows. */
  readonly logits: LogitGap | undefined;
}
