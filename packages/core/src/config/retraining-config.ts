import { numberWithin, oneOf, trueOrFalse, wholeNumber, withDefault } from './config-field.ts';
import { type ConfigSection, resolveSection } from './config-section.ts';
import { LONGEST_DEADLINE_MS, LONGEST_SPAN_MS } from './longest-delay.ts';

/** When a `RetrainingManager` retrains and what a challenger must show: section `ml.retraining`. */
export interface RetrainingConfig {
  /** Whether triggers start retrainings; a manual one always can. Default true. */
  readonly enabled: boolean;
  /** Age of the champion's training at which a new one starts, days; absent: age is no reason. */
  readonly maxAgeDays?: number;
  /**
   * How far the calibration error of the live window may lie above the validated one, beyond its sampling error, before
   * that is a reason to retrain; absent: calibration is no reason.
   */
  readonly calibrationTolerance?: number;
  /** Least time from the end of one retraining to the start of the next, milliseconds. Default 86400000, a day. */
  readonly cooldownMs: number;
  /** Longest time for gathering and training, wall-clock milliseconds. Default 3600000, an hour. */
  readonly deadlineMs: number;
  /** Newest rows kept for the comparison of challenger and champion. Default 100. */
  readonly holdoutRows: number;
  /** Fewest rows to train on; with fewer the retraining fails. Default 100. */
  readonly minTrainingRows: number;
  /**
   * After a drop in accuracy, rows labelled since the estimated change that a retraining waits for before it trains; with
   * fewer the challenger would learn the old rule and lose. At best `holdoutRows` + `minTrainingRows`. Default 0: none.
   */
  readonly minRowsSinceChange: number;
  /** Days that a retraining waits for enough data; then it fails, so that another can start. Default 90. */
  readonly maxGatherDays: number;
  /**
   * Rows to train on: all, the newest `rollingRows`, those since the estimated change, or (`validated`) which of the three
   * does best in walk-forward validation inside the training rows. Default `validated`.
   */
  readonly trainingWindow: 'all' | 'rolling' | 'since-change' | 'validated';
  /** Rows of the rolling window; absent: half of the training rows, at least `minTrainingRows` beside the calibration's. */
  readonly rollingRows?: number;
  /** What the probabilities of a challenger are calibrated with, on rows it is not trained on. Default `none`. */
  readonly calibration: 'none' | 'temperature' | 'platt' | 'beta' | 'isotonic';
  /** Newest training rows kept for the calibration, when there is one. Default 200. */
  readonly calibrationRows: number;
  /** Most trials of a search for hyperparameters, when there is a tuner. Default 30. */
  readonly tuningTrials: number;
  /** Longest time for that search, wall-clock milliseconds; absent: half of what is left of `deadlineMs`. */
  readonly tuningDeadlineMs?: number;
  /** Gap kept free between training labels and the holdout, milliseconds. Default 0. */
  readonly embargoMs: number;
  /** Cost of one trade as a fraction of its notional, taken from every return the gate compares. Default 0. */
  readonly costPerTrade: number;
  /**
   * Level of the gate's two-sided interval at most: a challenge is given a one-sided error of (1 − level) / 2, or less
   * as the error budget allows. Default 0.95.
   */
  readonly confidenceLevel: number;
  /** A challenger wins when the interval of its gain lies above this, as a fraction. Default 0. */
  readonly minimumGain: number;
  /** Resamples of the block bootstrap. Default 2000. */
  readonly bootstrapReplicates: number;
  /** Rows in a bootstrap block; absent: chosen from the overlap of the labels. */
  readonly blockLength?: number;
  /**
   * Expected promotions a year of challengers that are no better than what they replace, at most, over all challenges of
   * a model name. Not counted are those that replace a degraded champion for being skilled and not worse, see
   * `whenDegraded`: there the budget bounds the promotions of challengers without skill. Default 2.
   */
  readonly wrongPromotionsPerYear: number;
  /**
   * Where a challenger is measured against the champion: once on the newest rows (`holdout`), beside it in live
   * predictions until the evidence is clear (`shadow`), or in this order, both of which it must win. Default `holdout`.
   */
  readonly gate: 'holdout' | 'shadow' | 'both';
  /** Fewest decisions seen in shadow before a verdict. Default 100. */
  readonly minShadowRows: number;
  /** Decisions after which a challenger still undecided in shadow is rejected. Default 20000. */
  readonly maxShadowRows: number;
  /** Days after the verdict on the newest rows after which it is, also while the place beside the champion is taken. Default 60. */
  readonly maxShadowDays: number;
  /** A challenger right more often than this on the evaluation rows is rejected as implausible; absent: none is. */
  readonly maxPlausibleAccuracy?: number;
  /**
   * What replaces a champion whose accuracy has dropped: a challenger that beats no skill by its interval and whose gain
   * on the evaluation rows is not below 0 (`skilled-challenger`), or only one that is better (`better-challenger`). The
   * first swaps equal models, and now and then one a little worse, since the champion is to go. Default
   * `skilled-challenger`.
   */
  readonly whenDegraded: 'skilled-challenger' | 'better-challenger';
  /**
   * What is done when a champion whose accuracy has dropped is not replaced: go back to the version before it, if that
   * one beats no skill on the evaluation rows (`previous`), suspend predictions (`suspend`), or nothing (`keep`). People
   * are told by event. Default `previous`.
   */
  readonly fallback: 'previous' | 'suspend' | 'keep';
  /** Decisions for which a promoted challenger is watched; 0: it is not. Default 1000. */
  readonly probationRows: number;
  /** Days after which the watch ends. Default 30. */
  readonly probationDays: number;
  /** Chance that the watch takes back a challenger that is no worse than its predecessor. Default 0.05. */
  readonly falseRollbackRate: number;
  /** Most retrainings of one model name in 24 hours. Default 4. */
  readonly maxPerDay: number;
  /**
   * Failures in a row, constant and implausible challengers among them, after which nothing is retrained by itself any
   * more, until a human closes the circuit. Default 5.
   */
  readonly circuitFailures: number;
  /**
   * Challenges in a row, for a reason other than age, lost to one champion, or promoted and taken back, after which the
   * same happens. Default 10.
   */
  readonly circuitLosses: number;
  /** Versions a clean-up keeps: the best by validated score, and those in use besides. Default 10. */
  readonly keepVersions: number;
}

export const retrainingSection: ConfigSection<RetrainingConfig> = {
  path: 'ml.retraining',
  fields: {
    enabled: withDefault(trueOrFalse(), true),
    maxAgeDays: numberWithin({ above: 0, to: 36_500 }),
    calibrationTolerance: numberWithin({ from: 0, below: 1 }),
    cooldownMs: withDefault(wholeNumber(0, LONGEST_SPAN_MS), 86_400_000),
    deadlineMs: withDefault(wholeNumber(1, LONGEST_DEADLINE_MS), 3_600_000),
    holdoutRows: withDefault(wholeNumber(2, 10_000_000), 100),
    minTrainingRows: withDefault(wholeNumber(1, 10_000_000), 100),
    minRowsSinceChange: withDefault(wholeNumber(0, 10_000_000), 0),
    maxGatherDays: withDefault(numberWithin({ above: 0, to: 36_500 }), 90),
    trainingWindow: withDefault(oneOf('all', 'rolling', 'since-change', 'validated'), 'validated'),
    rollingRows: wholeNumber(1, 10_000_000),
    calibration: withDefault(oneOf('none', 'temperature', 'platt', 'beta', 'isotonic'), 'none'),
    calibrationRows: withDefault(wholeNumber(2, 10_000_000), 200),
    tuningTrials: withDefault(wholeNumber(1, 1_000_000), 30),
    tuningDeadlineMs: wholeNumber(1, LONGEST_DEADLINE_MS),
    embargoMs: withDefault(wholeNumber(0, LONGEST_SPAN_MS), 0),
    costPerTrade: withDefault(numberWithin({ from: 0, below: 1 }), 0),
    confidenceLevel: withDefault(numberWithin({ above: 0, below: 1 }), 0.95),
    minimumGain: withDefault(numberWithin({ from: 0, below: 1 }), 0),
    bootstrapReplicates: withDefault(wholeNumber(100, 1_000_000), 2000),
    blockLength: wholeNumber(1, 10_000_000),
    wrongPromotionsPerYear: withDefault(numberWithin({ from: 0.01, to: 1_000 }), 2),
    gate: withDefault(oneOf('holdout', 'shadow', 'both'), 'holdout'),
    minShadowRows: withDefault(wholeNumber(1, 10_000_000), 100),
    maxShadowRows: withDefault(wholeNumber(1, 10_000_000), 20_000),
    maxShadowDays: withDefault(numberWithin({ above: 0, to: 36_500 }), 60),
    maxPlausibleAccuracy: numberWithin({ above: 0, to: 1 }),
    whenDegraded: withDefault(oneOf('skilled-challenger', 'better-challenger'), 'skilled-challenger'),
    fallback: withDefault(oneOf('previous', 'suspend', 'keep'), 'previous'),
    probationRows: withDefault(wholeNumber(0, 10_000_000), 1000),
    probationDays: withDefault(numberWithin({ above: 0, to: 36_500 }), 30),
    falseRollbackRate: withDefault(numberWithin({ above: 0, below: 1 }), 0.05),
    maxPerDay: withDefault(wholeNumber(1, 1000), 4),
    circuitFailures: withDefault(wholeNumber(1, 1000), 5),
    circuitLosses: withDefault(wholeNumber(1, 1000), 10),
    keepVersions: withDefault(wholeNumber(1, 100_000), 10),
  },
  conflicts: ({ blockLength, holdoutRows }) =>
    blockLength !== undefined && blockLength > holdoutRows
      ? [`ml.retraining.blockLength must be at most holdoutRows (${holdoutRows}); got ${blockLength}`]
      : [],
};

/**
 * The retraining configuration with defaults filled in.
 * @throws {@link InvalidInputError} `INVALID_CONFIG`, naming every refused field by its path.
 * @example resolveRetrainingConfig({ maxAgeDays: 30 }).cooldownMs; // 86400000
 */
export function resolveRetrainingConfig(given: Partial<RetrainingConfig> = {}): RetrainingConfig {
  return resolveSection(retrainingSection, given);
}
