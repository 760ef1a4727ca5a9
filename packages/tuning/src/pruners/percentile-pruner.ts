import { InvalidInputError, type JsonObject } from '@mlperf/core';
import { requireCount } from '../cross-validation/require-count.ts';
import type { PruneRequest, Pruner, ReportedTrial } from './pruner.ts';
import { leastLoss, lossAt, requireReports } from './read-reports.ts';

export interface MedianPrunerOptions {
  /** Complete trials that must be seen before any is pruned; whole, ≥ 0, default 5. */
  readonly startupTrials?: number;
  /** No pruning below this step; whole, ≥ 0, default 0. */
  readonly warmupSteps?: number;
  /** Steps between decisions, counted from `warmupSteps`; whole, ≥ 1, default 1. A decision missed for want of a report is taken at the next. */
  readonly intervalSteps?: number;
  /** Complete trials that must have reported at the step; whole, ≥ 1, default 1. */
  readonly minTrials?: number;
}

export interface PercentilePrunerOptions extends MedianPrunerOptions {
  /** The best this many per cent go on; in [0, 100]. */
  readonly percentile: number;
}

/**
 * Prunes a trial whose best loss so far is worse than a percentile of what complete trials had at the same step.
 *
 *   prune ⇔ min losses so far > Q_percentile{ loss of trial i at this step : i complete and seen }
 *
 * Q interpolates linearly between order statistics (NumPy's default). A trial whose losses are all NaN is pruned.
 *
 * @remarks O(trials · log steps) per decision. The decisions are those of Optuna's `PercentilePruner`.
 * @see Golovin et al. (2017), Google Vizier, section 3.5.2, doi:10.1145/3097983.3098043
 * @example new PercentilePruner({ percentile: 25, warmupSteps: 10 });
 */
export class PercentilePruner implements Pruner {
  readonly name: string = 'percentile';
  readonly settings: JsonObject;
  readonly #options: Required<PercentilePrunerOptions>;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor(options: PercentilePrunerOptions) {
    const { percentile, startupTrials = 5, warmupSteps = 0, intervalSteps = 1, minTrials = 1 } = options;
    if (!(percentile >= 0 && percentile <= 100)) {
      throw new InvalidInputError('OUT_OF_RANGE', `percentile must be from 0 to 100; got ${percentile}`);
    }
    requireCount(startupTrials, 'startupTrials', 0);
    requireCount(warmupSteps, 'warmupSteps', 0);
    requireCount(intervalSteps, 'intervalSteps');
    requireCount(minTrials, 'minTrials');
    this.#options = { percentile, startupTrials, warmupSteps, intervalSteps, minTrials };
    this.settings = { ...this.#options };
  }

  shouldPrune({ reports, history }: PruneRequest): boolean {
    requireReports(reports);
    const { percentile, startupTrials, minTrials } = this.#options;
    const step = reports.steps[reports.steps.length - 1];
    if (step === undefined || !this.#decidesAt(step, reports.steps)) return false;
    const complete = history.filter(({ state }) => state === 'complete');
    if (complete.length === 0 || complete.length < startupTrials) return false;
    const best = leastLoss(reports.losses);
    if (best === undefined) return true;
    const limit = percentileAt(complete, step, percentile, minTrials);
    return limit !== undefined && best > limit;
  }

  /** At the first report from each multiple of the interval on. */
  #decidesAt(step: number, steps: ArrayLike<number>): boolean {
    const { warmupSteps, intervalSteps } = this.#options;
    if (step < warmupSteps) return false;
    const due = Math.floor((step - warmupSteps) / intervalSteps) * intervalSteps + warmupSteps;
    const before = steps.length > 1 ? steps[steps.length - 2]! : -1;
    return before < due;
  }
}

/**
 * Prunes a trial whose best loss so far is worse than the median of complete trials at the same step: a
 * {@link PercentilePruner} of 50 %. The decisions are those of Optuna's `MedianPruner`.
 * @example new MedianPruner();
 */
export class MedianPruner extends PercentilePruner {
  override readonly name = 'median';

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor(options: MedianPrunerOptions = {}) {
    super({ ...options, percentile: 50 });
  }
}

function percentileAt(
  trials: readonly ReportedTrial[],
  step: number,
  percentile: number,
  minTrials: number,
): number | undefined {
  const reported = trials.map((trial) => lossAt(trial, step)).filter((loss) => loss !== undefined);
  if (reported.length < minTrials) return undefined;
  const losses = Float64Array.from(reported.filter((loss) => !Number.isNaN(loss))).sort();
  if (losses.length === 0) return undefined;
  const place = (percentile / 100) * (losses.length - 1);
  const low = Math.floor(place);
  const a = losses[low]!;
  const b = losses[Math.min(low + 1, losses.length - 1)]!;
  const share = place - low;
  // From the nearer end, as NumPy does: a decision may hang on the last bit.
  const value = share >= 0.5 ? b - (b - a) * (1 - share) : a + (b - a) * share;
  return Number.isNaN(value) ? undefined : value;
}
