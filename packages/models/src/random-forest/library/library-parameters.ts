import { InvalidInputError } from '@mlperf/core';
import type { Voting } from '../compiled-forest.ts';
import { MAX_TREE_DEPTH } from '../limits.ts';

/** Hyperparameters that the engine `ml-random-forest` knows. Shares are fractions in (0, 1]. */
export interface LibraryForestParameters {
  /** Trees, 1 to 1,000. */
  readonly nEstimators: number;
  /** Splits on the longest way from root to leaf, 1 to 512. */
  readonly maxDepth: number;
  /** Rows a node needs to be split, 2 to 1,000,000. */
  readonly minSamplesSplit: number;
  /** A split must lower the Gini impurity of its node by more than this, in [0, 1). */
  readonly minImpurityDecrease: number;
  /**
   * Share of the features a tree may use: max(1, round(share · columns)), drawn without replacement once per tree
   * (ml-random-forest does not draw again at each split, as Breiman's forest does).
   */
  readonly maxFeatures: number;
  /**
   * Share of the rows each tree is grown on: max(2, round(share · rows)), drawn anew for each tree. Training time is
   * about quadratic in this number.
   */
  readonly maxSamples: number;
  /** Draw rows with replacement (and by weight, where the data set has weights). */
  readonly bootstrap: boolean;
  /** `soft`, the default, or `hard`; see `RandomForestParameters`. */
  readonly voting?: Voting;
}

/** Trees of ml-random-forest cost about a second per 3,000 rows and eight features: these are modest. */
export const libraryForestDefaults: LibraryForestParameters = Object.freeze({
  nEstimators: 30,
  maxDepth: 6,
  minSamplesSplit: 20,
  minImpurityDecrease: 0,
  maxFeatures: 0.6,
  maxSamples: 0.6,
  bootstrap: true,
});

interface Range {
  readonly low: number;
  readonly high: number;
  readonly openLow?: boolean;
  readonly openHigh?: boolean;
  readonly whole?: boolean;
}

const RANGES: Readonly<Record<Exclude<keyof LibraryForestParameters, 'bootstrap' | 'voting'>, Range>> = {
  nEstimators: { low: 1, high: 1000, whole: true },
  maxDepth: { low: 1, high: MAX_TREE_DEPTH, whole: true },
  minSamplesSplit: { low: 2, high: 1_000_000, whole: true },
  minImpurityDecrease: { low: 0, high: 1, openHigh: true },
  maxFeatures: { low: 0, high: 1, openLow: true },
  maxSamples: { low: 0, high: 1, openLow: true },
};

/**
 * The parameters with defaults filled in.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a wrong type or an unknown name; `OUT_OF_RANGE`.
 */
export function requireLibraryParameters(given: Partial<LibraryForestParameters>): LibraryForestParameters {
  if (typeof given !== 'object' || given === null) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `parameters of the engine ml-random-forest must be an object; got ${String(given)}`,
    );
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(libraryForestDefaults, name) && name !== 'voting') {
      const known = [...Object.keys(libraryForestDefaults), 'voting'].join(', ');
      throw new InvalidInputError(
        'INVALID_TYPE',
        `parameters of the engine ml-random-forest must be of ${known}; got '${name}'`,
      );
    }
  }
  const bootstrap: unknown = given.bootstrap === undefined ? libraryForestDefaults.bootstrap : given.bootstrap;
  if (typeof bootstrap !== 'boolean') {
    throw new InvalidInputError('INVALID_TYPE', `bootstrap must be true or false; got ${String(bootstrap)}`);
  }
  const voting: unknown = given.voting;
  if (voting !== undefined && voting !== 'soft' && voting !== 'hard') {
    throw new InvalidInputError('OUT_OF_RANGE', `voting must be 'soft' or 'hard'; got ${String(voting)}`);
  }
  return {
    nEstimators: requireInRange('nEstimators', given),
    maxDepth: requireInRange('maxDepth', given),
    minSamplesSplit: requireInRange('minSamplesSplit', given),
    minImpurityDecrease: requireInRange('minImpurityDecrease', given),
    maxFeatures: requireInRange('maxFeatures', given),
    maxSamples: requireInRange('maxSamples', given),
    bootstrap,
    ...(voting === undefined ? {} : { voting }),
  };
}

function requireInRange(name: keyof typeof RANGES, given: Partial<LibraryForestParameters>): number {
  const value: unknown = given[name] === undefined ? libraryForestDefaults[name] : given[name];
  const { low, high, openLow = false, openHigh = false, whole = false } = RANGES[name];
  if (typeof value !== 'number') {
    throw new InvalidInputError('INVALID_TYPE', `${name} must be a number; got ${typeof value}`);
  }
  const inside = (openLow ? value > low : value >= low) && (openHigh ? value < high : value <= high);
  if (!inside || (whole && !Number.isInteger(value))) {
    const range = `${openLow ? '(' : '['}${low}, ${high}${openHigh ? ')' : ']'}`;
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `${name} must be ${whole ? 'a whole number ' : ''}in ${range}; got ${value}`,
    );
  }
  return value;
}
