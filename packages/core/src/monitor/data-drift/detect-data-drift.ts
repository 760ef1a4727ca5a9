import { InvalidInputError } from '../../errors.ts';
import { compareFeature, type FeatureComparison } from './compare-feature.ts';
import { correctPValues } from './correct-p-values.ts';
import type { DataDriftVerdict, DriftRule, FeatureDrift } from './data-drift-verdict.ts';
import type { DriftReferenceProfile } from './drift-reference-profile.ts';
import { type DataDriftOptions, resolveDriftRule } from './drift-rule.ts';
import { describeFeature, describeVerdict } from './drift-sentences.ts';
import { type FeatureRow, presentFeatures, requireSameFeatures } from './feature-row.ts';

/** A share of 7 % of 100 features is 7, although 0.07 · 100 is a little more. */
const ROUNDING = 1e-9;

/**
 * Whether current data still looks like the reference: one verdict over all features.
 *
 * A feature has drifted when its effect size is at least `effectThreshold` and its p-value, corrected for the number of
 * features, at most `significance`. Either alone is not enough: with many rows every p-value is small, with few rows
 * every distance is large. The data has drifted when at least one feature has, and at least `minDriftedShare` of those
 * tested. With Holm (the default), independent rows and no drift, a verdict is wrong with probability at most
 * `significance`, for any number of dependent features. This holds for one look; to watch a stream use
 * `StreamingDriftDetector`.
 *
 * @param reference - From `buildDriftReference` or storage.
 * @param currentRows - n ≥ 1 rows. A feature absent in some rows is missing there; missing values count as evidence.
 * @returns The verdict, features with the largest effect first. `insufficient` when no feature has enough values.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` without rows; `LENGTH_MISMATCH` when a feature of the reference is in
 * no row, or a row has another one, naming both; `NOT_FINITE` | `INVALID_TYPE` for a value, `OUT_OF_RANGE` beyond ±1e100;
 * `OUT_OF_RANGE` | `INVALID_TYPE` for an option.
 * @remarks O(features · (n log n + reference)), and an exact KS p-value per numeric feature while reference · n ≤ 200,000.
 * @example
 * const reference = buildDriftReference(trainingRows);
 * detectDataDrift(reference, lastWeek).reason;
 * // '1 of 4 features drifted: rsi (PSI 0.41, corrected p 2.1e-9).'
 */
export function detectDataDrift(
  reference: DriftReferenceProfile,
  currentRows: readonly FeatureRow[],
  options: DataDriftOptions = {},
): DataDriftVerdict {
  const rule = resolveDriftRule(options);
  if (currentRows.length === 0)
    throw new InvalidInputError('EMPTY_INPUT', 'currentRows must hold at least 1 row; got 0');
  const names = reference.features.map(({ name }) => name);
  requireSameFeatures(names, presentFeatures(currentRows), 'currentRows');
  const comparisons = reference.features.map((feature) => compareFeature(feature, currentRows, rule));
  const features = judge(comparisons, rule).sort((a, b) => (b.effect ?? -1) - (a.effect ?? -1));
  const tested = features.filter(({ standing }) => standing !== 'insufficient').length;
  const driftedFeatures = features.filter(({ standing }) => standing === 'drifted').map(({ feature }) => feature);
  const drifted = driftedFeatures.length > 0 && driftedFeatures.length >= rule.minDriftedShare * tested - ROUNDING;
  const verdict = {
    standing: drifted ? 'drifted' : tested === 0 ? 'insufficient' : 'stable',
    drifted,
    referenceRows: reference.rows,
    currentRows: currentRows.length,
    testedFeatures: tested,
    driftedFeatures,
    features,
    rule,
  } as const;
  return { ...verdict, reason: describeVerdict(verdict) };
}

function judge(comparisons: readonly FeatureComparison[], rule: DriftRule): FeatureDrift[] {
  const tested = comparisons.filter(({ pValue }) => pValue !== undefined);
  const corrected = correctPValues(
    tested.map(({ pValue }) => pValue!),
    rule.correction,
  );
  return comparisons.map((comparison) => {
    const at = tested.indexOf(comparison);
    const correctedPValue = at < 0 ? undefined : corrected[at]!;
    const { effect = 0 } = comparison;
    const drifted =
      correctedPValue !== undefined && correctedPValue <= rule.significance && effect >= rule.effectThreshold;
    const judged = {
      ...comparison,
      ...(correctedPValue !== undefined && { correctedPValue }),
      standing: correctedPValue === undefined ? 'insufficient' : drifted ? 'drifted' : 'stable',
    } as const;
    return { ...judged, reason: describeFeature(judged, rule) };
  });
}
