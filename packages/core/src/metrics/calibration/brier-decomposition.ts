import { CONFIDENCE_BINS, confidenceBin, type OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { brierScore, brierScoreOf } from './brier-score.ts';
import { type ReliabilityBin, reliabilityTable, reliabilityTableOf } from './reliability-table.ts';

/** What a Brier score is made of, over ten equal-width bins (a, b] of confidence; brierScore = REL − RES + UNC + WBV − WBC. */
export interface BrierDecomposition {
  readonly brierScore: number;
  /** REL, mean squared gap of confidence and hit rate; in [0, 1], best 0. */
  readonly reliability: number;
  /** RES, how far the hit rates of the bins lie from the overall one, squared; in [0, 0.25], larger is better. */
  readonly resolution: number;
  /** UNC, ō(1 − ō) of the overall hit rate; in [0, 0.25], not the model's doing. */
  readonly uncertainty: number;
  /** WBV, variance of confidence inside the bins; ≥ 0. */
  readonly withinBinVariance: number;
  /** WBC, twice the covariance of confidence and hit inside the bins: skill that the bins are too coarse to show. */
  readonly withinBinCovariance: number;
}

/**
 * Decomposition of the Brier score, with the two terms that make it exact when confidences differ inside a bin.
 *
 *   REL = Σ_b (n_b/n)(f̄_b − ō_b)²      RES = Σ_b (n_b/n)(ō_b − ō)²      UNC = ō(1 − ō)
 *   WBV = (1/n) Σᵢ (fᵢ − f̄_b)²          WBC = (2/n) Σᵢ (fᵢ − f̄_b)(oᵢ − ō_b)
 *
 * For classes, decompose each one against the rest and add up: the sum is the {@link multiclassBrierScore}.
 *
 * @param correct - Whether the event happened (the prediction was right), shape (n), n ≥ 1.
 * @param confidence - Its probability, shape (n), in [0, 1].
 * @returns Six figures; the identity holds to 1e-15. With hits only, or misses only, RES and UNC are 0.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified. REL is biased upward and RES too for small n.
 * @see Murphy (1973), Journal of Applied Meteorology 12:595–600; Stephenson, Coelho & Jolliffe (2008), Weather and
 * Forecasting 23:752–757, doi:10.1175/2007WAF2006116.1 (the within-bin terms)
 * @example brierDecomposition([true, false], [0.55, 0.6]);
 * // BS 0.28125 = REL 0.005625 − RES 0 + UNC 0.25 + WBV 0.000625 − WBC −0.025
 */
export function brierDecomposition(correct: ArrayLike<boolean>, confidence: ArrayLike<number>): BrierDecomposition {
  const table = reliabilityTable(correct, confidence);
  const variance = new CompensatedSum();
  const covariance = new CompensatedSum();
  for (let i = 0; i < confidence.length; i++) {
    const bin = table[confidenceBin(confidence[i]!)]!;
    const deviation = confidence[i]! - bin.meanConfidence!;
    variance.add(deviation * deviation);
    covariance.add(deviation * ((correct[i] ? 1 : 0) - bin.accuracy!));
  }
  const n = confidence.length;
  return {
    brierScore: brierScore(correct, confidence),
    ...betweenBins(table, n),
    withinBinVariance: variance.value / n,
    withinBinCovariance: (2 * covariance.value) / n,
  };
}

/**
 * Decomposition of an aggregate's Brier score; `undefined` where the score is. Agrees with {@link brierDecomposition}
 * to 1e-12.
 */
export function brierDecompositionOf(aggregate: OutcomeAggregate): BrierDecomposition | undefined {
  const score = brierScoreOf(aggregate);
  if (score === undefined) return undefined;
  const n = aggregate.count;
  let squares = aggregate.confidenceSquareSum;
  let products = aggregate.hitConfidenceSum;
  for (let i = 0; i < CONFIDENCE_BINS; i++) {
    const { count, correct, confidenceSum } = aggregate.bin(i);
    if (count === 0) continue;
    squares -= (confidenceSum * confidenceSum) / count;
    products -= (confidenceSum * correct) / count;
  }
  return {
    brierScore: score,
    ...betweenBins(reliabilityTableOf(aggregate), n),
    withinBinVariance: Math.max(0, squares / n),
    withinBinCovariance: (2 * products) / n,
  };
}

function betweenBins(table: readonly ReliabilityBin[], n: number) {
  let hits = 0;
  for (const { correct } of table) hits += correct;
  const rate = hits / n;
  let reliability = 0;
  let resolution = 0;
  for (const { count, accuracy, meanConfidence } of table) {
    if (accuracy === undefined || meanConfidence === undefined) continue;
    reliability += count * (meanConfidence - accuracy) ** 2;
    resolution += count * (accuracy - rate) ** 2;
  }
  return { reliability: reliability / n, resolution: resolution / n, uncertainty: rate * (1 - rate) };
}
