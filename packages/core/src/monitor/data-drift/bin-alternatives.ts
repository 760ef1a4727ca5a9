import { normalQuantile } from '../../numeric/normal-distribution.ts';

/** A way the distribution may have changed, as factors on the chances of the bins before they are scaled to sum to 1. */
export interface BinTilt {
  readonly name: DriftShape;
  readonly weight: number;
  readonly factors: Float64Array;
}

/** What kind of change the evidence is for. `other`: learned from the newest rows. */
export type DriftShape = 'higher' | 'lower' | 'wider' | 'narrower' | 'other';

/** Mean shifts in standard deviations of a normal feature. */
const SHIFTS = [0.25, 0.5, 1] as const;
/** Factors on its standard deviation. */
const SPREADS = [1.4, 2] as const;

/** How many rows the learned alternatives look back on, about. */
export const LEARNED_MEMORIES = [50, 200] as const;
/** Shares of the mixture; all weights together sum to 1. */
const SHIFT_WEIGHT = 0.35 / (2 * SHIFTS.length);
const SPREAD_WEIGHT = 0.25 / (2 * SPREADS.length);
export const LEARNED_WEIGHT = 0.2 / LEARNED_MEMORIES.length;
/** Of all spikes together: for each bin, that a share of the rows has moved into it. */
export const SPIKES_WEIGHT = 0.2;
/** That share. */
export const SPIKE = 0.1;

/**
 * Tilts of bins that stand for shifts and spreads of a normal feature seen through its ranks.
 *
 *   z = Φ⁻¹(middle rank / (n + 1)),   shift by δ: e^(δz),   spread by s: e^(z²(1 − 1/s²)/2)
 *
 * @param gaps - Of the bins, summing to n + 1.
 */
export function binTilts(gaps: readonly number[]): readonly BinTilt[] {
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  let below = 0;
  const scores = gaps.map((gap) => {
    below += gap;
    return normalQuantile((below - gap / 2) / total);
  });
  const tilt = (name: DriftShape, weight: number, exponent: (z: number) => number): BinTilt => ({
    name,
    weight,
    factors: Float64Array.from(scores, (z) => Math.exp(exponent(z))),
  });
  return [
    ...SHIFTS.flatMap((delta) => [
      tilt('higher', SHIFT_WEIGHT, (z) => delta * z),
      tilt('lower', SHIFT_WEIGHT, (z) => -delta * z),
    ]),
    ...SPREADS.flatMap((spread) => [
      tilt('wider', SPREAD_WEIGHT, (z) => (z * z * (1 - spread ** -2)) / 2),
      tilt('narrower', SPREAD_WEIGHT, (z) => (z * z * (1 - spread ** 2)) / 2),
    ]),
  ];
}
