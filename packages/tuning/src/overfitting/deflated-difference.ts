import {
  expectedMaximumSharpeRatio,
  mean,
  probabilisticSharpeRatioOf,
  sampleVariance,
  sharpeRatioEvidence,
} from '@mlperf/core';
import { effectiveObservations } from './effective-observations.ts';
import { type EffectiveTrials, trialMoments } from './effective-trials.ts';
import { requireSearch, requireSeries } from './require-series.ts';
import { atOnce } from './sliced-work.ts';

/** What a search has found, against what is in place. */
export interface SearchEvidence {
  /** Per trial that has rows: its score differences from the incumbent, in order of time, above 0 where it is better. */
  readonly differences: readonly ArrayLike<number>[];
  /** Place of the winner in `differences`. */
  readonly winner: number;
  /** All trials of the search, pruned and failed ones too; at least those that have rows. */
  readonly tried: number;
  /** How many later observations share a part of an observation's label; whole, ≥ 0. See {@link effectiveObservations}. */
  readonly overlap: number;
}

export interface DeflationOptions {
  /**
   * What the ratios of trials without skill vary by. `no-skill` (default): their sampling error. `observed`: the
   * variance of the trials' ratios, as in the paper; trials that truly are better or far worse then raise the bar too.
   */
  readonly spread?: 'no-skill' | 'observed';
}

export interface DeflatedDifference {
  /** Mean difference of the winner, in the unit of the score. */
  readonly meanDifference: number;
  /** Mean over sample deviation of its differences, per observation. */
  readonly ratio: number;
  /** The ratio that the best of so many trials without skill is expected to show. */
  readonly expectedRatioOfLuck: number;
  /** Independent trials, about. */
  readonly effectiveTrials: number;
  /** Independent observations, about. */
  readonly effectiveObservations: number;
  /** That the winner's true difference is above 0, as if it had been the only trial; in [0, 1]. */
  readonly confidence: number;
  /** The same after the luck of the search; in [0, 1]. */
  readonly deflatedConfidence: number;
}

/**
 * The deflated Sharpe ratio of score differences: the confidence that the winner of a search is better than the
 * incumbent, given that it is the best of many.
 *
 *   deflated = Φ( (R − R₀) · √(n_eff − 1) / √(1 − g₃·R + (g₄ − 1)/4 · R²) ),  R = mean / sample deviation
 *   R₀ = √V · ((1 − γ)·Φ⁻¹(1 − 1/N) + γ·Φ⁻¹(1 − 1/(N·e)))
 *   no-skill: V = (1 − ρ̄) / (n_eff − 1), N = all trials tried
 *   observed: V = sample variance of the trials' ratios, N = effective number of trials, as in the paper
 *
 * (1 − ρ̄) is the part of the sampling error that trials do not share, and only that can be searched for. Leaving the
 * shared part out of V and counting fewer trials as well would correct for it twice: at ρ̄ = 0.9 luck passes too often.
 * ρ̄ and the effective number are those of `effectiveTrials`.
 *
 * @returns `undefined` when the winner's differences do not vary or there are fewer than 2 effective observations.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(trials · n) time; inputs are not modified.
 * @see Bailey & López de Prado (2014), Journal of Portfolio Management 40(5):94–107, doi:10.3905/jpm.2014.40.5.094
 * @example deflatedDifference({ differences, winner: 3, tried: 200, overlap: 0 })?.deflatedConfidence;
 */
export function deflatedDifference(
  evidence: SearchEvidence,
  options: DeflationOptions = {},
): DeflatedDifference | undefined {
  const { differences, winner, tried, overlap } = evidence;
  atOnce(requireSeries(differences, 'differences'));
  requireSearch(differences.length, winner, tried);
  const observations = effectiveObservations(differences[winner]!, overlap);
  return deflate(evidence, observations, atOnce(trialMoments(differences, tried)), options);
}

/** {@link deflatedDifference} of evidence that was checked. @param observations - Of the winner, effective ones. */
export function deflate(
  { differences, winner, tried }: SearchEvidence,
  observations: number,
  { count, meanCorrelation }: EffectiveTrials,
  { spread = 'no-skill' }: DeflationOptions = {},
): DeflatedDifference | undefined {
  const chosen = differences[winner]!;
  const evidence = sharpeRatioEvidence(chosen);
  const whole = Math.floor(observations);
  if (evidence === undefined || whole < 2) return undefined;
  const expectedRatioOfLuck = expectedMaximumSharpeRatio(
    spread === 'observed'
      ? { independentTrials: count, sharpeRatioVariance: varianceOfRatios(differences) }
      : { independentTrials: tried, sharpeRatioVariance: (1 - meanCorrelation) / (whole - 1) },
  );
  const judged = { ...evidence, observations: whole };
  const confidence = probabilisticSharpeRatioOf(judged, 0);
  const deflatedConfidence = probabilisticSharpeRatioOf(judged, expectedRatioOfLuck);
  if (confidence === undefined || deflatedConfidence === undefined) return undefined;
  return {
    meanDifference: mean(chosen),
    ratio: evidence.sharpeRatio,
    expectedRatioOfLuck,
    effectiveTrials: count,
    effectiveObservations: observations,
    confidence,
    deflatedConfidence,
  };
}

/** Of the trials whose differences vary; 0 below two of them. */
function varianceOfRatios(differences: readonly ArrayLike<number>[]): number {
  const ratios = differences.flatMap((series) => sharpeRatioEvidence(series)?.sharpeRatio ?? []);
  return ratios.length < 2 ? 0 : (sampleVariance(ratios) ?? 0);
}
