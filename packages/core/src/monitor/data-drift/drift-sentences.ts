import type { DataDriftVerdict, DriftRule, EffectMeasure, FeatureDrift } from './data-drift-verdict.ts';

const MEASURE_NAMES: Readonly<Record<EffectMeasure, string>> = {
  psi: 'PSI',
  'jensen-shannon': 'Jensen–Shannon distance',
  'kolmogorov-smirnov': 'KS distance',
  wasserstein: 'normalised Wasserstein distance',
};

/** One feature for a human: what moved by how much, and how sure that is. */
export function describeFeature(drift: Omit<FeatureDrift, 'reason'>, rule: DriftRule): string {
  const { feature, standing, currentCount, referenceCount, unseenCategories = [] } = drift;
  if (standing === 'insufficient') {
    return `${feature}: too few values to judge (reference ${referenceCount}, current ${currentCount}, needs ${rule.minRows}).`;
  }
  const unseen = unseenCategories.length > 0 ? `; ${unseenCategories.length} categories never seen before` : '';
  const verb = standing === 'drifted' ? 'drifted' : 'is stable';
  const limits = `limits ${rule.effectThreshold} and ${rule.significance}`;
  return `${feature} ${verb}: ${evidence(drift, rule)}; ${limits}${unseen}.`;
}

/** The verdict for a human, in one sentence. */
export function describeVerdict(verdict: Omit<DataDriftVerdict, 'reason'>): string {
  const { drifted, standing, driftedFeatures, testedFeatures, features, rule } = verdict;
  if (standing === 'insufficient') return `No feature has the ${rule.minRows} values needed to judge drift.`;
  if (driftedFeatures.length === 0) {
    return `None of ${testedFeatures} features drifted; the largest effect is ${named(features[0]!, rule)}.`;
  }
  const shown = features.filter((feature) => feature.standing === 'drifted').slice(0, 3);
  const more = driftedFeatures.length > shown.length ? ` and ${driftedFeatures.length - shown.length} more` : '';
  const list = `${shown.map((feature) => named(feature, rule)).join(', ')}${more}`;
  const found = `${driftedFeatures.length} of ${testedFeatures} features drifted: ${list}`;
  return drifted ? `${found}.` : `${found}; fewer than the ${rule.minDriftedShare * 100} % that the rule asks for.`;
}

function named(drift: FeatureDrift, rule: DriftRule): string {
  return `${drift.feature} (${evidence(drift, rule)})`;
}

function evidence({ effect, correctedPValue }: Omit<FeatureDrift, 'reason'>, rule: DriftRule): string {
  const size = effect === undefined ? 'undefined' : shortNumber(effect);
  const p = correctedPValue === undefined ? 'none' : shortNumber(correctedPValue);
  return `${MEASURE_NAMES[rule.effectMeasure]} ${size}, corrected p ${p}`;
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(2)));
}
