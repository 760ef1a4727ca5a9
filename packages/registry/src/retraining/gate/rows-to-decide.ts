import { InvalidInputError, normalQuantile } from '@mlperf/core';

/** Power at which a judged sample's `rowsNeeded` is stated: a model of that gain wins every second time. */
export const STATED_POWER = 0.5;

export interface RowsToDecideRequest {
  /** True accuracy of the champion, in (0, 1). */
  readonly champion: number;
  /** True accuracy of the challenger, in (0, 1), above the champion's by more than `minimumGain`. */
  readonly challenger: number;
  /** Two-sided level of the interval, in (0, 1); default 0.95. */
  readonly confidenceLevel?: number;
  /** Share of samples of this size that such a challenger wins, in (0, 1); default 0.5. */
  readonly power?: number;
  /** What the gain must exceed; default 0. */
  readonly minimumGain?: number;
  /** Correlation of the two models' hits, in [−1, 1]; default 0. Models that agree mostly need fewer rows. */
  readonly correlation?: number;
}

/**
 * Rows on which a challenger of a given accuracy is told from a champion of another, both judged by hits on the same
 * rows whose labels do not overlap.
 *
 *   n = ((z_level + z_power) / (p₂ − p₁ − minimumGain))² · (p₁q₁ + p₂q₂ − 2ρ · √(p₁q₁ · p₂q₂)),  q = 1 − p
 *
 * @returns whole rows.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @example rowsToDecide({ champion: 0.52, challenger: 0.54 }); // 4783
 * @example rowsToDecide({ champion: 0.52, challenger: 0.54, power: 0.8 }); // 9772
 */
export function rowsToDecide(request: RowsToDecideRequest): number {
  const { champion, challenger, confidenceLevel = 0.95, power = STATED_POWER, minimumGain = 0 } = request;
  const { correlation = 0 } = request;
  const margin = challenger - champion - minimumGain;
  for (const [name, value] of Object.entries({ champion, challenger, confidenceLevel, power })) {
    if (!(value > 0 && value < 1)) throw outOfRange(`${name} must lie strictly between 0 and 1`, value);
  }
  if (!(Math.abs(correlation) <= 1)) throw outOfRange('correlation must be from −1 to 1', correlation);
  if (!(margin > 0)) throw outOfRange('the challenger must be better by more than minimumGain', margin);
  const [first, second] = [champion * (1 - champion), challenger * (1 - challenger)];
  const variance = first + second - 2 * correlation * Math.sqrt(first * second);
  const z = normalQuantile(0.5 + confidenceLevel / 2) + normalQuantile(power);
  return Math.max(1, Math.ceil((z / margin) ** 2 * variance));
}

/**
 * Rows a sample needs for its gain to win, from the standard error it has: as {@link rowsToDecide}, measured.
 * @returns `undefined` when no size would do.
 */
export function rowsNeededFor(
  sample: { readonly rows: number; readonly standardError: number; readonly margin: number },
  alpha: number,
  power: number,
): number | undefined {
  const { rows, standardError, margin } = sample;
  if (!(margin > 0)) return undefined;
  const z = normalQuantile(1 - alpha) + normalQuantile(power);
  // The expanded interval is a little wider than z: a sample that just lost needs at least one row more.
  return Math.max(rows + 1, Math.ceil(rows * ((z * standardError) / margin) ** 2));
}

function outOfRange(expectation: string, got: number): InvalidInputError {
  return new InvalidInputError('OUT_OF_RANGE', `${expectation}; got ${got}`);
}
