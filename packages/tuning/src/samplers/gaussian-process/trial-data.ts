import type { ObservedTrial } from '../sampler.ts';
import type { UnitCube } from '../unit-cube.ts';
import type { Observations } from './observations.ts';

/** A trial as the process reads it. */
export interface TrialRow {
  readonly trialNumber: number;
  readonly row: Float64Array;
  /** Of a pruned trial the last value it reported. */
  readonly loss: number | undefined;
  readonly complete: boolean;
  /** See {@link ObservedTrial.weight}. */
  readonly weight: number;
}

/** Complete and pruned trials, by trial number. */
export function trialRows(cube: UnitCube, history: readonly ObservedTrial[]): readonly TrialRow[] {
  const rows: TrialRow[] = [];
  for (const { trialNumber, state, loss, parameters, weight = 1 } of history) {
    if (state === 'failed' || (state === 'complete' && loss === undefined)) continue;
    const row = cube.encode(parameters);
    rows.push({ trialNumber, row, loss, complete: state === 'complete', weight });
  }
  return rows;
}

/** Whether two trials are one to the process. */
export function sameTrialRow(a: TrialRow, b: TrialRow): boolean {
  return (
    a.loss === b.loss &&
    a.complete === b.complete &&
    a.weight === b.weight &&
    a.row.every((value, i) => value === b.row[i])
  );
}

/**
 * Observations with values of mean 0 and variance 1, by weight.
 *
 * A pruned trial did not end: it counts as the median of the complete ones, or as the last value it reported where that
 * is larger, but no larger than the worst of them. An observation of weight w has noise of 1/w − 1 times the
 * variance of the process on top: what can be known of a point from it, and no less of others, falls with w, however
 * little noise there is.
 *
 * @param trials - One complete trial at least.
 */
export function observationsOf(cube: UnitCube, trials: readonly TrialRow[]): Observations {
  const d = cube.axes.length;
  const complete = trials.filter((trial) => trial.complete).map(({ loss }) => loss!);
  const sorted = Float64Array.from(complete).sort();
  const middle = sorted[sorted.length >>> 1]!;
  const worst = sorted.at(-1)!;
  const rows = new Float64Array(trials.length * d);
  const values = new Float64Array(trials.length);
  const addedNoise = new Float64Array(trials.length);
  let weights = 0;
  let mean = 0;
  for (const [i, trial] of trials.entries()) {
    rows.set(trial.row, i * d);
    values[i] = trial.complete ? trial.loss! : Math.min(Math.max(trial.loss ?? middle, middle), worst);
    addedNoise[i] = 1 / trial.weight - 1;
    weights += trial.weight;
    mean += (trial.weight * (values[i]! - mean)) / weights;
  }
  let squares = 0;
  for (const [i, { weight }] of trials.entries()) squares += weight * (values[i]! - mean) ** 2;
  const deviation = Math.sqrt(squares / weights);
  // All alike: nothing but rounding would be left.
  const unit = deviation > 1e-12 * Math.max(Math.abs(mean), Number.MIN_VALUE) ? 1 / deviation : 0;
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) * unit;
  const categories = Uint8Array.from(cube.axes, ({ kind }) => (kind === 'category' ? 1 : 0));
  return { rows, values, addedNoise, categories };
}
