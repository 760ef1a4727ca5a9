import { InvalidInputError, mean, normalCdf, sampleVariance } from '@mlperf/core';
import type { SearchEvidence } from './deflated-difference.ts';
import { effectiveObservations } from './effective-observations.ts';
import { type TrialMoments, trialMoments } from './effective-trials.ts';
import { requireSearch, requireSeries } from './require-series.ts';
import { atOnce } from './sliced-work.ts';

export interface BeatingEstimate {
  /** P(true mean difference of the winner > 0), in [0, 1]. */
  readonly chance: number;
  /** The winner's mean difference as it is to be expected on new rows, in the unit of the score. */
  readonly expectedDifference: number;
  /** Its standard error, same unit. */
  readonly standardError: number;
}

/**
 * The chance that the winner truly beats the incumbent: the posterior of its mean difference when the trials are a
 * sample of what the search can make (empirical Bayes). The prior pulls a lucky winner back to the others, so no
 * further correction for the search is due.
 *
 *   x_i = θ_i + e_i,  θ_i ~ N(μ, τ²), μ flat,  var e_i = s², corr(e_i, e_j) = ρ̄,  i = 1 … m
 *   τ² = max(0, var(x) − s²(1 − ρ̄)),  B = τ² / (τ² + s²(1 − ρ̄))
 *   E θ_w = x̄ + B·(x_w − x̄),  var θ_w = s²(ρ̄ + (1 − ρ̄)/m) + B·s²(1 − ρ̄)(1 − 1/m)
 *
 * s² is the winner's squared standard error, var(d) / n_eff; ρ̄ as in `effectiveTrials`. The differences on a holdout
 * that no trial saw are weighed in by their own precision.
 *
 * @param evidence - Of the search; `tried` plays no part, trials without rows being unknown.
 * @param holdout - Score differences of the winner on the holdout, in order of time, shape (k), k ≥ 2, finite.
 * @returns `undefined` when the winner's differences do not vary, here or on the holdout.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(trials · n). An estimate, for information: normal means, one s² for all trials. With one trial, μ is all
 * there is to know and the estimate is that of the trial alone.
 * @see Efron (2011), Tweedie's formula and selection bias, JASA 106:1602–1614, doi:10.1198/jasa.2011.tm11181
 * @example chanceOfBeating({ differences, winner: 3, tried: 200, overlap: 0 })?.chance;
 */
export function chanceOfBeating(evidence: SearchEvidence, holdout?: ArrayLike<number>): BeatingEstimate | undefined {
  const { differences, winner, tried, overlap } = evidence;
  atOnce(requireSeries(differences, 'differences'));
  requireSearch(differences.length, winner, tried);
  const chosen = differences[winner]!;
  if (!varies(chosen)) return undefined;
  const observations = effectiveObservations(chosen, overlap);
  return estimateBeating(evidence, observations, atOnce(trialMoments(differences, tried)), holdout);
}

/** {@link chanceOfBeating} of evidence that was checked. @param observations - Of the winner, effective ones. */
export function estimateBeating(
  { differences, winner, overlap }: SearchEvidence,
  observations: number,
  moments: TrialMoments,
  holdout?: ArrayLike<number>,
): BeatingEstimate | undefined {
  const chosen = differences[winner]!;
  if (!varies(chosen)) return undefined;
  const found = posterior(estimateOf(chosen, observations), moments);
  if (holdout === undefined) return withChance(found);
  if (holdout.length < 2) {
    throw new InvalidInputError('OUT_OF_RANGE', `holdout must have at least 2 differences; got ${holdout.length}`);
  }
  if (!varies(holdout)) return undefined;
  return withChance(combined(found, estimateOf(holdout, effectiveObservations(holdout, overlap))));
}

interface Estimate {
  readonly value: number;
  readonly variance: number;
}

function varies(values: ArrayLike<number>): boolean {
  const variance = sampleVariance(values);
  return variance !== undefined && variance > 0;
}

/** Mean and squared standard error of values that vary. */
function estimateOf(values: ArrayLike<number>, observations: number): Estimate {
  return { value: mean(values), variance: sampleVariance(values)! / observations };
}

function posterior(own: Estimate, { means, meanCorrelation: correlation }: TrialMoments): Estimate {
  const centre = mean(means);
  const trials = means.length;
  const separate = own.variance * (1 - correlation);
  const skill = Math.max(0, (sampleVariance(means) ?? 0) - separate);
  // Both are 0 when the trials are copies of one model.
  const trust = skill === 0 ? 0 : skill / (skill + separate);
  return {
    value: centre + trust * (own.value - centre),
    variance: own.variance * correlation + separate / trials + trust * separate * (1 - 1 / trials),
  };
}

function combined(a: Estimate, b: Estimate): Estimate {
  const precision = 1 / a.variance + 1 / b.variance;
  return { value: (a.value / a.variance + b.value / b.variance) / precision, variance: 1 / precision };
}

function withChance({ value, variance }: Estimate): BeatingEstimate {
  const standardError = Math.sqrt(variance);
  return { chance: normalCdf(value / standardError), expectedDifference: value, standardError };
}
