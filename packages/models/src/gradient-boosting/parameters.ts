import { InvalidInputError, type SearchSpace } from '@mlperf/core';
import { MAX_LEAVES, MAX_ROUNDS } from './limits.ts';

/** 1: predictions must not fall as the feature rises; −1: must not rise; 0: free. */
export type MonotoneConstraint = -1 | 0 | 1;

/** Hyperparameters of gradient boosting, named as in LightGBM's scikit-learn classes. Shares are in (0, 1]. */
export interface GradientBoostingParameters {
  /** Rounds of boosting, 1 to 10,000; each adds one tree, or one per class where there are more than two. */
  readonly nEstimators: number;
  /** Every tree's values are multiplied by this, in (0, 1]. */
  readonly learningRate: number;
  /** Most leaves of a tree, 2 to 4,096. */
  readonly numLeaves: number;
  /** Splits on the longest way from root to leaf, up to 4,095; 0: no limit but `numLeaves`. */
  readonly maxDepth: number;
  /** Rows a leaf needs, 1 to 1,000,000. */
  readonly minChildSamples: number;
  /** Σ Hessians a leaf needs, ≥ 0: for classes Σ w·p·(1 − p), for values Σ w. */
  readonly minChildWeight: number;
  /** A split must gain more than this, ≥ 0. */
  readonly minSplitGain: number;
  /** Share of the rows each round is grown on, drawn anew each time, without replacement. */
  readonly subsample: number;
  /** Share of the features each tree may use. */
  readonly colsampleBytree: number;
  /** Share of the tree's features each split may use. */
  readonly colsampleBynode: number;
  /** L1 penalty on leaf values, ≥ 0. */
  readonly regAlpha: number;
  /** L2 penalty on leaf values, ≥ 0. */
  readonly regLambda: number;
  /** Bins per feature, that of missing values included, 2 to 256. */
  readonly maxBins: number;
  /**
   * Stop when the loss on the newest rows has not fallen for this many rounds, and keep the best round's trees;
   * 0 to 10,000. 0, the default: train all rounds on all rows.
   */
  readonly earlyStoppingRounds: number;
  /** Share of the rows, the newest, that early stopping holds back, in (0, 0.5]. */
  readonly validationShare: number;
  /** By feature name; features not named are free. Not for more than two classes. */
  readonly monotoneConstraints: Readonly<Record<string, MonotoneConstraint>>;
}

/** As {@link GradientBoostingParameters}, for classes. */
export interface GradientBoostingClassifierParameters extends GradientBoostingParameters {
  /** Multiplies the rows' weights by class; `balanced`: every class weighs the same in all. */
  readonly classWeights?: 'balanced' | Readonly<Record<string, number>>;
}

/** LightGBM's. */
export const gradientBoostingDefaults: GradientBoostingParameters = Object.freeze({
  nEstimators: 100,
  learningRate: 0.1,
  numLeaves: 31,
  maxDepth: 0,
  minChildSamples: 20,
  minChildWeight: 1e-3,
  minSplitGain: 0,
  subsample: 1,
  colsampleBytree: 1,
  colsampleBynode: 1,
  regAlpha: 0,
  regLambda: 0,
  maxBins: 255,
  earlyStoppingRounds: 0,
  validationShare: 0.1,
  monotoneConstraints: Object.freeze({}),
});

/** What is worth searching; the other parameters keep their defaults. */
export const gradientBoostingSearchSpace = Object.freeze({
  nEstimators: { type: 'int', low: 50, high: 500, step: 50 },
  learningRate: { type: 'float', low: 0.01, high: 0.3, log: true },
  numLeaves: { type: 'int', low: 4, high: 128, log: true },
  minChildSamples: { type: 'int', low: 5, high: 500, log: true },
  subsample: { type: 'float', low: 0.5, high: 1 },
  colsampleBytree: { type: 'float', low: 0.3, high: 1 },
  regLambda: { type: 'float', low: 1e-3, high: 100, log: true },
} as const satisfies SearchSpace);

interface Range {
  readonly low: number;
  readonly high: number;
  readonly openLow?: boolean;
  readonly whole?: boolean;
}

type NumberName = Exclude<keyof GradientBoostingParameters, 'monotoneConstraints'>;

const SHARE: Range = { low: 0, high: 1, openLow: true };
const PENALTY: Range = { low: 0, high: 1e9 };

const RANGES: Readonly<Record<NumberName, Range>> = {
  nEstimators: { low: 1, high: MAX_ROUNDS, whole: true },
  learningRate: SHARE,
  numLeaves: { low: 2, high: MAX_LEAVES, whole: true },
  maxDepth: { low: 0, high: MAX_LEAVES - 1, whole: true },
  minChildSamples: { low: 1, high: 1_000_000, whole: true },
  minChildWeight: PENALTY,
  minSplitGain: PENALTY,
  subsample: SHARE,
  colsampleBytree: SHARE,
  colsampleBynode: SHARE,
  regAlpha: PENALTY,
  regLambda: PENALTY,
  maxBins: { low: 2, high: 256, whole: true },
  earlyStoppingRounds: { low: 0, high: MAX_ROUNDS, whole: true },
  validationShare: { low: 0, high: 0.5, openLow: true },
};

/**
 * The parameters with defaults filled in.
 * @param further - Names of parameters that are checked elsewhere.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a wrong type or an unknown name; `OUT_OF_RANGE`.
 */
export function requireBoostingParameters(
  given: Partial<GradientBoostingParameters>,
  further: readonly string[] = [],
): GradientBoostingParameters {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidInputError('INVALID_TYPE', `gradient-boosting parameters must be an object; got ${String(given)}`);
  }
  const known = [...Object.keys(gradientBoostingDefaults), ...further];
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    throw new InvalidInputError(
      'INVALID_TYPE',
      `gradient-boosting parameters must be of ${known.join(', ')}; got '${name}'`,
    );
  }
  const number = (name: NumberName) => requireInRange(name, given[name] ?? gradientBoostingDefaults[name]);
  return {
    nEstimators: number('nEstimators'),
    learningRate: number('learningRate'),
    numLeaves: number('numLeaves'),
    maxDepth: number('maxDepth'),
    minChildSamples: number('minChildSamples'),
    minChildWeight: number('minChildWeight'),
    minSplitGain: number('minSplitGain'),
    subsample: number('subsample'),
    colsampleBytree: number('colsampleBytree'),
    colsampleBynode: number('colsampleBynode'),
    regAlpha: number('regAlpha'),
    regLambda: number('regLambda'),
    maxBins: number('maxBins'),
    earlyStoppingRounds: number('earlyStoppingRounds'),
    validationShare: number('validationShare'),
    monotoneConstraints: requireConstraints(given.monotoneConstraints ?? {}),
  };
}

/**
 * The constraints by column.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a name that is no feature.
 */
export function constraintsByColumn(
  constraints: GradientBoostingParameters['monotoneConstraints'],
  featureNames: readonly string[],
): Int8Array {
  const byColumn = new Int8Array(featureNames.length);
  for (const [name, direction] of Object.entries(constraints)) {
    const column = featureNames.indexOf(name);
    if (column < 0) {
      throw new InvalidInputError('OUT_OF_RANGE', `monotoneConstraints must name features; got '${name}'`);
    }
    byColumn[column] = direction;
  }
  return byColumn;
}

function requireConstraints(given: unknown): Readonly<Record<string, MonotoneConstraint>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidInputError('INVALID_TYPE', `monotoneConstraints must be an object; got ${String(given)}`);
  }
  const constraints: [string, MonotoneConstraint][] = [];
  for (const [name, direction] of Object.entries(given)) {
    if (direction !== -1 && direction !== 0 && direction !== 1) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `monotoneConstraints of '${name}' must be -1, 0 or 1; got ${String(direction)}`,
      );
    }
    constraints.push([name, direction]);
  }
  return Object.fromEntries(constraints);
}

function requireInRange(name: NumberName, value: unknown): number {
  const { low, high, openLow = false, whole = false } = RANGES[name];
  if (typeof value !== 'number') {
    throw new InvalidInputError('INVALID_TYPE', `${name} must be a number; got ${typeof value}`);
  }
  const inside = (openLow ? value > low : value >= low) && value <= high;
  if (!inside || (whole && !Number.isInteger(value))) {
    const range = `${openLow ? '(' : '['}${low}, ${high}]`;
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `${name} must be ${whole ? 'a whole number ' : ''}in ${range}; got ${value}`,
    );
  }
  return value;
}
