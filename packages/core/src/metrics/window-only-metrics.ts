import type { OutcomeObservation } from '../aggregates/outcome-observation.ts';
import type { MetricValues, WindowOnlyMetric } from '../types/performance.ts';
import type { Direction } from '../types/prediction.ts';
import {
  equalMassCalibrationError,
  equalMassMaximumCalibrationError,
} from './calibration/equal-mass-calibration-error.ts';
import { rocAuc } from './classification/roc-auc.ts';
import type { MetricsOptions } from './metrics-of.ts';
import { calmarRatio } from './trading/calmar-ratio.ts';
import { maximumDrawdown } from './trading/maximum-drawdown.ts';
import { probabilisticSharpeRatio } from './trading/probabilistic-sharpe-ratio.ts';
import { sortinoRatio } from './trading/sortino-ratio.ts';
import { totalReturn } from './trading/total-return.ts';

/** One outcome of a window. */
export interface WindowRow {
  /** The symbol. */
  readonly segment: string;
  /** Epoch milliseconds. */
  readonly observedAt: number;
  readonly observation: OutcomeObservation;
}

const SIDE: Readonly<Record<Direction, number>> = { up: 1, down: -1, flat: 0 };

/**
 * Metrics that no sum over outcomes gives, from the rows of a window: computed when read. Rows are put in the order of
 * `observedAt`, equal times as they came, so that a late outcome stands where it happened.
 *
 * - `roc_auc`: of `up`, by its probability; absent where a row has none (a `flat` prediction without probabilities).
 * - `total_return`, `maximum_drawdown`, `calmar_ratio`: the net returns compounded one after another, as if each trade
 *   took the whole equity; absent where one is below −1.
 * - `sortino_ratio` against 0, `probabilistic_sharpe_ratio` against 0: of the net returns.
 * - `turnover`: of the sides taken (`up` 1, `down` −1, `flat` 0), from one outcome to the next of the same symbol.
 * - `sortino_ratio` and `calmar_ratio` need `periodsPerYear`.
 *
 * @param rows - In arrival order.
 * @returns Exactly what the batch functions give; a metric that is not defined is absent.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for `periodsPerYear` not above 0, or for an observation that an
 * aggregate would refuse too.
 * @remarks O(n log n) time, O(n) space; rows are not modified.
 */
export function windowOnlyMetrics(rows: readonly WindowRow[], { periodsPerYear }: MetricsOptions = {}): MetricValues {
  if (rows.length === 0) return {};
  const ordered = [...rows].sort((a, b) => a.observedAt - b.observedAt);
  const observations = ordered.map(({ observation }) => observation);
  const values: { -readonly [metric in WindowOnlyMetric]?: number } = {};
  const assign = (metric: WindowOnlyMetric, value: number | undefined) => {
    if (value !== undefined) values[metric] = value;
  };
  const upProbabilities = observations.flatMap(({ upProbability }) => upProbability ?? []);
  if (upProbabilities.length === observations.length) {
    const observed = observations.map((observation) => observation.observed);
    assign('roc_auc', rocAuc(observed, upProbabilities, 'up'));
  }
  const correct = observations.map(({ observed, predicted }) => observed === predicted);
  const confidence = observations.map((observation) => observation.confidence);
  assign('equal_mass_calibration_error', equalMassCalibrationError(correct, confidence));
  assign('equal_mass_maximum_calibration_error', equalMassMaximumCalibrationError(correct, confidence));
  const returns = observations.flatMap(({ netReturn }) => netReturn ?? []);
  if (returns.length > 0) {
    assign('probabilistic_sharpe_ratio', probabilisticSharpeRatio(returns, 0));
    if (periodsPerYear !== undefined) {
      assign('sortino_ratio', sortinoRatio(returns, { minimumAcceptableReturn: 0, periodsPerYear }));
    }
    if (returns.every((value) => value >= -1)) {
      assign('total_return', totalReturn(returns));
      assign('maximum_drawdown', maximumDrawdown(returns));
      if (periodsPerYear !== undefined) assign('calmar_ratio', calmarRatio(returns, { periodsPerYear }));
    }
  }
  assign('turnover', turnoverBySymbol(ordered));
  return values;
}

function turnoverBySymbol(rows: readonly WindowRow[]): number | undefined {
  const held = new Map<string, number>();
  let turned = 0;
  let changes = 0;
  for (const { segment, observation } of rows) {
    const side = SIDE[observation.predicted];
    const before = held.get(segment);
    held.set(segment, side);
    if (before === undefined) continue;
    changes++;
    turned += Math.abs(side - before);
  }
  return changes === 0 ? undefined : turned / changes;
}
