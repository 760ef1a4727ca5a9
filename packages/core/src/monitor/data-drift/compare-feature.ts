import { chiSquareTest } from './chi-square-test.ts';
import type { DriftEffects, DriftRule, DriftTest, EffectMeasure, FeatureDrift } from './data-drift-verdict.ts';
import type { CategoricalReference, FeatureReference, NumericReference } from './drift-reference-profile.ts';
import { type FeatureRow, readCategory, readNumber } from './feature-row.ts';
import { jensenShannonDistance } from './jensen-shannon.ts';
import { kolmogorovSmirnov } from './kolmogorov-smirnov.ts';
import { missingShareTest } from './missing-share-test.ts';
import { populationStabilityIndexOf } from './population-stability-index.ts';
import { countByBin, referenceBinEdges } from './reference-bins.ts';
import { normalizedWassersteinDistance, wassersteinDistance } from './wasserstein-distance.ts';

/** What was measured of one feature, before it is judged beside the others. */
export type FeatureComparison = Omit<FeatureDrift, 'standing' | 'correctedPValue' | 'reason'>;

/** Compares one feature of the current rows with its reference. Tests are left out below the rule's `minRows`. */
export function compareFeature(
  reference: FeatureReference,
  rows: readonly FeatureRow[],
  rule: DriftRule,
): FeatureComparison {
  return reference.kind === 'numeric'
    ? compareNumbers(reference, rows, rule)
    : compareCategories(reference, rows, rule);
}

function compareNumbers(reference: NumericReference, rows: readonly FeatureRow[], rule: DriftRule): FeatureComparison {
  const { name: feature, values } = reference;
  const current = rows
    .map((row, i) => readNumber(row, feature, `current row ${i}`))
    .filter((value) => value !== undefined);
  const missing = rows.length - current.length;
  const referenceRows = values.length + reference.missing;
  const measured = {
    feature,
    kind: 'numeric',
    ...coverage(values.length, reference.missing, current.length, missing),
  } as const;
  const anyMissing = reference.missing + missing > 0;
  const enoughValues = Math.min(values.length, current.length) >= rule.minRows;
  const enoughRows = values.length > 0 && current.length > 0 && Math.min(referenceRows, rows.length) >= rule.minRows;
  if (!enoughValues && !(enoughRows && anyMissing)) return { ...measured, tests: [] };
  const tests: DriftTest[] = [];
  const ks = kolmogorovSmirnov(values, current);
  if (enoughValues) tests.push({ test: 'kolmogorov-smirnov', ...ks, pValue: Math.min(1, ks.pValue) });
  if (anyMissing) {
    const { difference, pValue } = missingShareTest(reference.missing, referenceRows, missing, rows.length);
    tests.push({ test: 'missing-share', statistic: difference, pValue, method: 'exact' });
  }
  const edges = referenceBinEdges(values, rule);
  // To lack a value is one more bin: a feature that fell silent has moved.
  const referenceCounts = [...countByBin(values, edges), ...(anyMissing ? [reference.missing] : [])];
  const currentCounts = [...countByBin(current, edges), ...(anyMissing ? [missing] : [])];
  const normalized = normalizedWassersteinDistance(values, current);
  const effects: DriftEffects = {
    psi: populationStabilityIndexOf(referenceCounts, currentCounts, rule.zeroRule),
    jensenShannonDistance: jensenShannonDistance(referenceCounts, currentCounts),
    kolmogorovSmirnov: ks.statistic,
    wasserstein: wassersteinDistance(values, current),
    ...(normalized !== undefined && { normalizedWasserstein: normalized }),
    missingShift: Math.abs(measured.currentMissingShare - measured.referenceMissingShare),
  };
  return { ...measured, ...combined(effects, tests, rule.effectMeasure) };
}

function compareCategories(
  reference: CategoricalReference,
  rows: readonly FeatureRow[],
  rule: DriftRule,
): FeatureComparison {
  const { name: feature } = reference;
  const referenceCounts = new Map(reference.categories.map(({ category, count }) => [categoryKey(category), count]));
  const currentCounts = new Map<string, number>();
  let missing = 0;
  rows.forEach((row, i) => {
    const category = readCategory(row, feature, `current row ${i}`);
    if (category === undefined) missing++;
    else currentCounts.set(categoryKey(category), (currentCounts.get(categoryKey(category)) ?? 0) + 1);
  });
  const seen = reference.categories.reduce((sum, { count }) => sum + count, 0);
  const measured = {
    feature,
    kind: 'categorical',
    ...coverage(seen, reference.missing, rows.length - missing, missing),
  } as const;
  if (Math.min(seen + reference.missing, rows.length) < rule.minRows) return { ...measured, tests: [] };
  // To lack a value is a category of its own, so that one test covers both.
  if (reference.missing > 0) referenceCounts.set(MISSING, reference.missing);
  if (missing > 0) currentCounts.set(MISSING, missing);
  const names = [...new Set([...referenceCounts.keys(), ...currentCounts.keys()])];
  const r = names.map((name) => referenceCounts.get(name) ?? 0);
  const c = names.map((name) => currentCounts.get(name) ?? 0);
  const chi = chiSquareTest(referenceCounts, currentCounts);
  const referenceRows = seen + reference.missing;
  const totalVariation =
    r.reduce((sum, count, i) => sum + Math.abs(count / referenceRows - c[i]! / rows.length), 0) / 2;
  const effects: DriftEffects = {
    psi: populationStabilityIndexOf(r, c, rule.zeroRule),
    jensenShannonDistance: jensenShannonDistance(r, c),
    totalVariation,
    ...(chi.cramersV !== undefined && { cramersV: chi.cramersV }),
  };
  return {
    ...measured,
    ...combined(effects, [chiSquareEntry('chi-square', chi)], rule.effectMeasure),
    unseenCategories: chi.unseen.filter((name) => name !== MISSING).map((name) => name.slice(1)),
    pooledCategories: chi.pooled.map((name) => (name === MISSING ? '(missing)' : name.slice(1))),
  };
}

/** No category has this key: theirs start with a mark. */
const MISSING = '';
const categoryKey = (category: string) => `=${category}`;

function chiSquareEntry(
  test: DriftTest['test'],
  { statistic, pValue = 1, degreesOfFreedom }: { statistic: number; pValue?: number; degreesOfFreedom: number },
): DriftTest {
  return { test, statistic, pValue, method: `${degreesOfFreedom} degrees of freedom` };
}

/** Bonferroni within the feature: its p-value is the smallest of its tests, times how many there are. */
function combined(effects: DriftEffects, tests: readonly DriftTest[], measure: EffectMeasure) {
  const effect = effectOf(effects, measure);
  const pValue = Math.min(1, tests.length * Math.min(...tests.map((test) => test.pValue)));
  return { ...(effect !== undefined && { effect }), effects, tests, pValue };
}

function effectOf(effects: DriftEffects, measure: EffectMeasure): number | undefined {
  if (measure === 'psi') return effects.psi;
  if (measure === 'jensen-shannon') return effects.jensenShannonDistance;
  const distance = measure === 'kolmogorov-smirnov' ? effects.kolmogorovSmirnov : effects.normalizedWasserstein;
  if (effects.totalVariation !== undefined) return effects.totalVariation;
  // These two see values only; a shift of the missing share counts by its size.
  const { missingShift = 0 } = effects;
  return distance === undefined && missingShift === 0 ? undefined : Math.max(distance ?? 0, missingShift);
}

function coverage(referenceCount: number, referenceMissing: number, currentCount: number, currentMissing: number) {
  return {
    referenceCount,
    currentCount,
    referenceMissingShare: referenceMissing / (referenceCount + referenceMissing),
    currentMissingShare: currentMissing / (currentCount + currentMissing),
  };
}
