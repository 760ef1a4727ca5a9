import {
  canonicalJson,
  InvalidInputError,
  type JsonValue,
  type ProportionInterval,
  type ResolvedPrediction,
  type StorageStores,
  type StoredModelVersion,
  wilsonInterval,
} from '@mlperf/core';
import { type BlockBootstrapOptions, blockBootstrapMean, LEAST_BLOCKS } from '../retraining/gate/block-bootstrap.ts';
import { defaultBlockLength, labelOverlap, overlapSpread } from '../retraining/gate/block-length.ts';
import { type PairedDecision, pairDecisions, resolvedPredictions } from './paired-decisions.ts';

export interface CompareOptions {
  /** Newest resolved predictions taken of each version, 1 to 100,000; default 10,000. */
  readonly limit?: number;
  /** Two-sided, in (0, 1); default 0.95. */
  readonly confidenceLevel?: number;
}

/** A value that one version has otherwise than the other; `undefined` where it has none. */
export interface Difference<T> {
  readonly a: T | undefined;
  readonly b: T | undefined;
}

/** What one version has shown by itself, on all its own rows. */
export interface VersionStanding {
  readonly version: StoredModelVersion;
  /** Resolved predictions, in whatever role, that were looked at. */
  readonly outcomes: number;
  readonly correct: number;
  /** Wilson's, which takes the outcomes for independent; absent without any. */
  readonly accuracy?: ProportionInterval;
}

/** Mean difference per decision, a minus b, with its interval by a block bootstrap, widened as the gate's by `overlapSpread`. */
export interface PairedDifference {
  readonly mean: number;
  /** Absent when the decisions are fewer than ten blocks. */
  readonly lower?: number;
  readonly upper?: number;
}

/** What two versions did on the decisions that both predicted. */
export interface PairedComparison {
  readonly decisions: number;
  /** Times of the first and last of them, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Decisions on which they took different sides. */
  readonly disagreements: number;
  readonly accuracyA: number;
  readonly accuracyB: number;
  /** In accuracy, a fraction. */
  readonly accuracy: PairedDifference;
  /** In net return per decision; absent unless every decision has one of both. */
  readonly netReturn?: PairedDifference;
  /** Decisions drawn together, since their labels overlap. */
  readonly blockLength: number;
  readonly confidenceLevel: number;
}

export interface ModelComparison {
  readonly a: VersionStanding;
  readonly b: VersionStanding;
  /** Absent when they have no decision in common: then nothing can be said of which is better. */
  readonly paired?: PairedComparison;
  /** By name, those that differ. */
  readonly trainingMetrics: Readonly<Record<string, Difference<number>>>;
  readonly hyperparameters: Readonly<Record<string, Difference<JsonValue>>>;
  /** Whether they were trained on the same data; if not, their training metrics are of different rows. */
  readonly sameData: boolean;
  /** Whether they take the same features in the same order. */
  readonly sameFeatures: boolean;
}

const REPLICATES = 2_000;

type Values<T> = Readonly<Record<string, T | undefined>>;

/**
 * Two versions side by side. Each is shown by itself, and both on the decisions that both predicted (as champion and
 * shadow do), the only rows on which a difference is theirs and not the market's.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @remarks Reads at most 3 · limit rows of each. Deterministic: the bootstrap is seeded by the two ids.
 */
export async function compareModels(
  stores: Pick<StorageStores, 'predictions'>,
  a: StoredModelVersion,
  b: StoredModelVersion,
  options: CompareOptions = {},
): Promise<ModelComparison> {
  const { limit = 10_000, confidenceLevel = 0.95 } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > 100_000) {
    throw new InvalidInputError('OUT_OF_RANGE', `limit must be a whole number from 1 to 100,000; got ${limit}`);
  }
  if (!(confidenceLevel > 0 && confidenceLevel < 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `confidenceLevel must be above 0 and below 1; got ${confidenceLevel}`);
  }
  const rowsA = await resolvedPredictions(stores, a.versionId, limit);
  const rowsB = await resolvedPredictions(stores, b.versionId, limit);
  const pairs = pairDecisions(rowsA, rowsB);
  const seed = canonicalJson(['compare-models', a.versionId, b.versionId]);
  return {
    a: standing(a, rowsA, confidenceLevel),
    b: standing(b, rowsB, confidenceLevel),
    ...(pairs.length === 0 ? {} : { paired: compareOnPairs(pairs, confidenceLevel, seed) }),
    trainingMetrics: differences(a.trainingMetrics, b.trainingMetrics),
    hyperparameters: differences(a.hyperparameters, b.hyperparameters),
    sameData: a.dataVersion === b.dataVersion,
    sameFeatures: canonicalJson(a.featureNames) === canonicalJson(b.featureNames),
  };
}

function standing(version: StoredModelVersion, rows: readonly ResolvedPrediction[], level: number): VersionStanding {
  const correct = rows.filter(({ outcome }) => outcome.correct).length;
  const accuracy = rows.length === 0 ? undefined : wilsonInterval(correct, rows.length, level);
  return { version, outcomes: rows.length, correct, ...(accuracy === undefined ? {} : { accuracy }) };
}

function compareOnPairs(pairs: readonly PairedDecision[], confidenceLevel: number, seed: string): PairedComparison {
  const n = pairs.length;
  const timestamps = pairs.map(({ a }) => a.predictedAt);
  const labelEndsAt = pairs.map(({ a }) => a.dueAt ?? a.outcome.observedAt);
  const overlap = labelOverlap({ timestamps, labelEndsAt });
  const blockLength = defaultBlockLength(overlap, n);
  const spread = overlapSpread(overlap, blockLength);
  const hit = ({ outcome }: ResolvedPrediction) => (outcome.correct ? 1 : 0);
  const difference = (values: readonly number[]) =>
    pairedDifference(values, { blockLength, spread, confidenceLevel, seed });
  const returns = pairs.flatMap(({ a, b }) =>
    a.outcome.netReturn === undefined || b.outcome.netReturn === undefined
      ? []
      : [a.outcome.netReturn - b.outcome.netReturn],
  );
  return {
    decisions: n,
    from: timestamps[0]!,
    to: timestamps[n - 1]!,
    disagreements: pairs.filter(({ a, b }) => a.direction !== b.direction).length,
    accuracyA: pairs.reduce((sum, { a }) => sum + hit(a), 0) / n,
    accuracyB: pairs.reduce((sum, { b }) => sum + hit(b), 0) / n,
    accuracy: difference(pairs.map(({ a, b }) => hit(a) - hit(b))),
    ...(returns.length === n ? { netReturn: difference(returns) } : {}),
    blockLength,
    confidenceLevel,
  };
}

function pairedDifference(
  values: readonly number[],
  blocks: Pick<BlockBootstrapOptions, 'blockLength' | 'spread' | 'confidenceLevel' | 'seed'>,
): PairedDifference {
  if (values.length < LEAST_BLOCKS * blocks.blockLength) {
    return { mean: values.reduce((sum, value) => sum + value, 0) / values.length };
  }
  const { mean, lower, upper } = blockBootstrapMean(values, { ...blocks, replicates: REPLICATES, nullMean: 0 });
  return { mean, lower, upper };
}

function differences<T extends JsonValue>(a: Values<T>, b: Values<T>): Readonly<Record<string, Difference<T>>> {
  const own = (record: Values<T>, key: string) => (Object.hasOwn(record, key) ? record[key] : undefined);
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  const differing = keys.filter((key) => canonicalJson(own(a, key) ?? null) !== canonicalJson(own(b, key) ?? null));
  return Object.fromEntries(differing.map((key) => [key, { a: own(a, key), b: own(b, key) }]));
}
