import { InvalidInputError, type SearchSpace } from '@mlperf/core';
import { type ClassWeights, requireClassWeights } from '../class-weights.ts';
import { requireMaxBins } from '../histogram/bin-columns.ts';
import type { Voting } from './compiled-forest.ts';
import { MAX_TREE_DEPTH, MAX_TREES } from './limits.ts';

/**
 * Features tried at each split: √columns, log₂ columns, a share in (0, 1], or `{ count }` from 1; at least one, and a
 * whole number above 1 is a count as well. A count beyond the columns there are is refused when training begins.
 */
export type MaxFeatures = 'sqrt' | 'log2' | number | { readonly count: number };

/** What classification and regression forests share. Shares are fractions in (0, 1]. */
export interface ForestGrowthParameters {
  /** Trees, 1 to 1,000. */
  readonly nEstimators: number;
  /**
   * `best`: the best boundary of each feature tried. `random`: one threshold per feature, drawn uniformly between its
   * smallest and largest value in the node, and the best of those (extremely randomised trees; Geurts, Ernst &
   * Wehenkel 2006, doi:10.1007/s10994-006-6226-1; with `bootstrap: false` theirs).
   */
  readonly splitter: 'best' | 'random';
  /** Splits on the longest way from root to leaf, 1 to 512. */
  readonly maxDepth: number;
  /** Distinct rows a node needs to be split, from 2. */
  readonly minSamplesSplit: number;
  /** Distinct rows each side of a split must keep, from 1. */
  readonly minSamplesLeaf: number;
  /**
   * A split must lower the impurity of its node by at least this, weighted by the node's share of the tree's rows:
   * scikit-learn's rule. From 0.
   */
  readonly minImpurityDecrease: number;
  /** Drawn anew at every split. */
  readonly maxFeatures: MaxFeatures;
  /** Share of the rows drawn for each tree: max(1, round(share · rows)). */
  readonly maxSamples: number;
  /** Draw rows with replacement; else each at most once. */
  readonly bootstrap: boolean;
  /** Bins per feature, 2 to 256. */
  readonly maxBins: number;
  /** Also answer each training row by the trees that did not see it; see `RandomForestModel.outOfBag`. */
  readonly outOfBag: boolean;
}

/** Hyperparameters of a random forest for classes. */
export interface RandomForestParameters extends ForestGrowthParameters {
  /**
   * `histogram`: ours. `ml-random-forest`: that library grows the trees; it takes the parameters and defaults of
   * {@link LibraryForestParameters} only.
   */
  readonly engine: 'histogram' | 'ml-random-forest';
  /** Impurity: Gini index, or entropy in bits. */
  readonly criterion: 'gini' | 'entropy';
  /**
   * `soft`: the mean of the leaves' class shares, scikit-learn's probability. `hard`: the share of the trees that name
   * each class, ml-random-forest's majority; see `randomForestModel`.
   */
  readonly voting: Voting;
  readonly classWeights?: ClassWeights;
}

export type RandomForestRegressionParameters = ForestGrowthParameters;

const shared = {
  nEstimators: 100,
  splitter: 'best',
  maxDepth: MAX_TREE_DEPTH,
  minSamplesSplit: 2,
  minSamplesLeaf: 1,
  minImpurityDecrease: 0,
  maxFeatures: 'sqrt',
  maxSamples: 1,
  bootstrap: true,
  maxBins: 256,
  outOfBag: false,
} as const satisfies ForestGrowthParameters;

/** As scikit-learn's `RandomForestClassifier`; its depth has no bound, ours one that is hardly ever reached. */
export const randomForestDefaults: RandomForestParameters = Object.freeze({
  engine: 'histogram',
  criterion: 'gini',
  voting: 'soft',
  ...shared,
});

/** As scikit-learn's `RandomForestRegressor`: every feature at every split, so trees differ by their rows alone. */
export const randomForestRegressionDefaults: RandomForestRegressionParameters = Object.freeze({
  ...shared,
  maxFeatures: 1,
});

/** What is worth searching; the other parameters keep their defaults. */
export const randomForestSearchSpace = Object.freeze({
  nEstimators: { type: 'int', low: 50, high: 300, step: 50 },
  maxDepth: { type: 'int', low: 2, high: 30 },
  minSamplesLeaf: { type: 'int', low: 1, high: 200, log: true },
  maxFeatures: { type: 'float', low: 0.1, high: 1 },
  maxSamples: { type: 'float', low: 0.3, high: 1 },
} as const satisfies SearchSpace);

const COUNTS = {
  nEstimators: [1, MAX_TREES],
  maxDepth: [1, MAX_TREE_DEPTH],
  minSamplesSplit: [2, 2 ** 31 - 1],
  minSamplesLeaf: [1, 2 ** 31 - 1],
} as const;

/**
 * The parameters of our engine with defaults filled in.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a wrong type or an unknown name; `OUT_OF_RANGE`.
 */
export function requireRandomForestParameters(given: Partial<RandomForestParameters>): RandomForestParameters {
  requireNames(given, [...Object.keys(randomForestDefaults), 'classWeights'], 'random-forest');
  const classWeights = requireClassWeights(given.classWeights);
  return {
    engine: requireOneOf('engine', orDefault(given.engine, 'histogram'), ['histogram']),
    criterion: requireOneOf('criterion', orDefault(given.criterion, 'gini'), ['gini', 'entropy']),
    voting: requireOneOf('voting', orDefault(given.voting, 'soft'), ['soft', 'hard']),
    ...requireGrowth(given, randomForestDefaults),
    ...(classWeights === undefined ? {} : { classWeights }),
  };
}

/** As {@link requireRandomForestParameters}, for a regression. */
export function requireRegressionParameters(
  given: Partial<RandomForestRegressionParameters>,
): RandomForestRegressionParameters {
  requireNames(given, Object.keys(randomForestRegressionDefaults), 'random-forest-regression');
  return requireGrowth(given, randomForestRegressionDefaults);
}

/**
 * Features tried at each split, 1 to `columns`; a share rounds to the nearest count.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a count above `columns`.
 */
export function featuresPerSplit(maxFeatures: MaxFeatures, columns: number): number {
  if (maxFeatures === 'sqrt') return Math.max(1, Math.floor(Math.sqrt(columns)));
  if (maxFeatures === 'log2') return Math.max(1, Math.floor(Math.log2(columns)));
  if (typeof maxFeatures === 'number' && maxFeatures <= 1) return Math.max(1, Math.round(maxFeatures * columns));
  const count = typeof maxFeatures === 'number' ? maxFeatures : maxFeatures.count;
  if (count <= columns) return count;
  throw new InvalidInputError('OUT_OF_RANGE', `maxFeatures must be at most the ${columns} columns; got ${count}`);
}

function requireGrowth(
  given: Partial<ForestGrowthParameters>,
  defaults: ForestGrowthParameters,
): ForestGrowthParameters {
  const count = (name: keyof typeof COUNTS) => requireCount(name, orDefault(given[name], defaults[name]));
  return {
    nEstimators: count('nEstimators'),
    splitter: requireOneOf('splitter', orDefault(given.splitter, defaults.splitter), ['best', 'random']),
    maxDepth: count('maxDepth'),
    minSamplesSplit: count('minSamplesSplit'),
    minSamplesLeaf: count('minSamplesLeaf'),
    minImpurityDecrease: requireDecrease(orDefault(given.minImpurityDecrease, defaults.minImpurityDecrease)),
    maxFeatures: requireMaxFeatures(orDefault(given.maxFeatures, defaults.maxFeatures)),
    maxSamples: requireShare('maxSamples', orDefault(given.maxSamples, defaults.maxSamples)),
    bootstrap: requireFlag('bootstrap', orDefault(given.bootstrap, defaults.bootstrap)),
    maxBins: requireMaxBins(orDefault(given.maxBins, defaults.maxBins)),
    outOfBag: requireFlag('outOfBag', orDefault(given.outOfBag, defaults.outOfBag)),
  };
}

/** `null` is no value and no default: it is refused as any other wrong type. */
function orDefault(value: unknown, fallback: unknown): unknown {
  return value === undefined ? fallback : value;
}

function requireNames(given: unknown, known: readonly string[], family: string): void {
  if (typeof given !== 'object' || given === null) {
    throw new InvalidInputError('INVALID_TYPE', `${family} parameters must be an object; got ${String(given)}`);
  }
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `${family} parameters must be of ${known.join(', ')}; got '${unknown}'`,
    );
  }
}

function requireOneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new InvalidInputError(
    typeof value === 'string' ? 'OUT_OF_RANGE' : 'INVALID_TYPE',
    `${name} must be '${allowed.join("' or '")}'; got ${typeof value === 'string' ? `'${value}'` : String(value)}`,
  );
}

function requireFlag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidInputError('INVALID_TYPE', `${name} must be true or false; got ${String(value)}`);
}

function requireCount(name: keyof typeof COUNTS, value: unknown): number {
  const [low, high] = COUNTS[name];
  const number = requireNumber(name, value);
  if (!(Number.isInteger(number) && number >= low && number <= high)) {
    throw new InvalidInputError('OUT_OF_RANGE', `${name} must be a whole number in [${low}, ${high}]; got ${number}`);
  }
  return number;
}

function requireShare(name: string, value: unknown): number {
  const share = requireNumber(name, value);
  if (share > 0 && share <= 1) return share;
  throw new InvalidInputError('OUT_OF_RANGE', `${name} must be in (0, 1]; got ${share}`);
}

function requireDecrease(value: unknown): number {
  const decrease = requireNumber('minImpurityDecrease', value);
  if (decrease >= 0 && Number.isFinite(decrease)) return decrease;
  throw new InvalidInputError('OUT_OF_RANGE', `minImpurityDecrease must be finite and at least 0; got ${decrease}`);
}

function requireMaxFeatures(value: unknown): MaxFeatures {
  if (value === 'sqrt' || value === 'log2') return value;
  if (typeof value === 'object' && value !== null && 'count' in value && Object.keys(value).length === 1) {
    const { count } = value;
    if (typeof count === 'number' && Number.isInteger(count) && count >= 1) return Object.freeze({ count });
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `maxFeatures.count must be a whole number of at least 1; got ${String(count)}`,
    );
  }
  const number = requireNumber('maxFeatures', value);
  if ((number > 0 && number <= 1) || (Number.isInteger(number) && number > 1)) return number;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `maxFeatures must be 'sqrt', 'log2', a share in (0, 1], a count from 2 or { count }; got ${number}`,
  );
}

function requireNumber(name: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new InvalidInputError('INVALID_TYPE', `${name} must be a number; got ${typeof value}`);
}
