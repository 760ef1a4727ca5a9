import type { PValueCorrection } from './correct-p-values.ts';
import type { FeatureKind } from './feature-row.ts';
import type { BinRule } from './reference-bins.ts';
import type { ZeroRule } from './zero-rule.ts';

/** `insufficient`: too few values to say. */
export type DriftStanding = 'stable' | 'drifted' | 'insufficient';

/**
 * The effect a feature is judged by.
 * - `psi`: population stability index, nats.
 * - `jensen-shannon`: distance in base 2, in [0, 1].
 * - `kolmogorov-smirnov`: largest difference of the distribution functions, in [0, 1].
 * - `wasserstein`: in reference standard deviations.
 *
 * In the first two a missing value is a bin of its own. The last two are at least the shift of the missing share, and
 * are the total variation distance for categories.
 */
export type EffectMeasure = 'psi' | 'jensen-shannon' | 'kolmogorov-smirnov' | 'wasserstein';

/** How far a feature moved, by every measure; one that is undefined is absent. */
export interface DriftEffects {
  readonly psi: number;
  readonly jensenShannonDistance: number;
  /** Numeric features. */
  readonly kolmogorovSmirnov?: number;
  readonly wasserstein?: number;
  readonly normalizedWasserstein?: number;
  /** Absolute difference of the missing shares, in [0, 1]. */
  readonly missingShift?: number;
  /** Categorical features: half the sum of absolute share differences, in [0, 1]. */
  readonly totalVariation?: number;
  readonly cramersV?: number;
}

/** One test behind a feature's p-value. */
export interface DriftTest {
  readonly test: 'kolmogorov-smirnov' | 'chi-square' | 'missing-share';
  readonly statistic: number;
  /** Uncorrected. */
  readonly pValue: number;
  /** How it was computed; for chi-square its degrees of freedom. */
  readonly method: string;
}

/** What is known of one feature. */
export interface FeatureDrift {
  readonly feature: string;
  readonly kind: FeatureKind;
  readonly standing: DriftStanding;
  /** Effect size by the measure of the rule; `undefined` where that measure is not defined. */
  readonly effect?: number;
  readonly effects?: DriftEffects;
  /** Of the feature's tests together, before the correction for the number of features. */
  readonly pValue?: number;
  /** After it: comparable with `significance`. */
  readonly correctedPValue?: number;
  readonly tests: readonly DriftTest[];
  /** Rows with a value. */
  readonly referenceCount: number;
  readonly currentCount: number;
  /** Shares of rows without a value, in [0, 1]. */
  readonly referenceMissingShare: number;
  readonly currentMissingShare: number;
  /** Categories the reference never had. */
  readonly unseenCategories?: readonly string[];
  readonly pooledCategories?: readonly string[];
  /** For a human. */
  readonly reason: string;
}

/** The rule a verdict was reached by, in full. */
export interface DriftRule {
  readonly effectMeasure: EffectMeasure;
  readonly effectThreshold: number;
  readonly significance: number;
  readonly correction: PValueCorrection;
  readonly minRows: number;
  readonly minDriftedShare: number;
  readonly bins: number;
  readonly binRule: BinRule;
  readonly zeroRule: ZeroRule;
}

/** The one verdict on data drift: what every report, event and chart shows. Plain JSON. */
export interface DataDriftVerdict {
  readonly standing: DriftStanding;
  readonly drifted: boolean;
  /** One sentence for a human. */
  readonly reason: string;
  readonly referenceRows: number;
  readonly currentRows: number;
  /** How many features had enough values to be tested. */
  readonly testedFeatures: number;
  /** Names, largest effect first. */
  readonly driftedFeatures: readonly string[];
  /** Every feature, largest effect first. */
  readonly features: readonly FeatureDrift[];
  readonly rule: DriftRule;
}
