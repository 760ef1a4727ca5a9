import { InvalidInputError, probabilisticSharpeRatioOf, requireFinite, sharpeRatioEvidence } from '@mlperf/core';
import { type BeatingEstimate, estimateBeating } from './chance-of-beating.ts';
import { type DeflatedDifference, deflate, type SearchEvidence } from './deflated-difference.ts';
import { countObservations, effectiveObservations } from './effective-observations.ts';
import { trialMoments } from './effective-trials.ts';
import { requireSearch, requireSeries } from './require-series.ts';
import { atOnce, type SlicedWork } from './sliced-work.ts';

export interface VerdictInput extends SearchEvidence {
  /** Score differences of the winner on a holdout that no trial saw, in order of time, shape (k), k ≥ 2. */
  readonly holdout?: ArrayLike<number>;
}

export interface VerdictOptions {
  /**
   * Deflated confidence that it takes to deploy; in (0.5, 1), default 0.975. One in 40 searches without skill passes it
   * when the trials share all their luck, fewer when they do not.
   */
  readonly confidence?: number;
  /** Confidence on the holdout alone that it takes; in [0, 1), default 0.5: the holdout must not speak against the winner. */
  readonly holdoutConfidence?: number;
}

export interface DeploymentVerdict {
  readonly suggest: 'deploy' | 'do not deploy';
  /** A sentence per finding, with its numbers. */
  readonly reasons: readonly string[];
  /** Absent when the differences allow none. */
  readonly deflated?: DeflatedDifference;
  /** That the winner is better, from the holdout alone; absent without one, or when it does not vary. */
  readonly holdoutConfidence?: number;
  /** For information. */
  readonly beating?: BeatingEstimate;
}

/**
 * Whether the winner of a search is to replace the incumbent: only when it is better beyond the luck of the search, and an
 * untouched holdout does not speak against it. Where the evidence is too thin to judge, it says not to deploy.
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(trials · n). With 200 trials of pure noise it says to deploy in at most 5 of 100 searches.
 * @example deploymentVerdict({ differences, winner: 3, tried: 200, overlap: 0, holdout }).suggest;
 */
export function deploymentVerdict(input: VerdictInput, options: VerdictOptions = {}): DeploymentVerdict {
  return atOnce(judgeSearch(input, options));
}

/** {@link deploymentVerdict}, trial by trial. */
export function* judgeSearch(input: VerdictInput, options: VerdictOptions = {}): SlicedWork<DeploymentVerdict> {
  const { confidence = 0.975, holdoutConfidence: required = 0.5 } = options;
  requireShare(confidence, 'confidence', confidence > 0.5 && confidence < 1, 'above 0.5 and below 1');
  requireShare(required, 'holdoutConfidence', required >= 0 && required < 1, 'from 0 to below 1');
  const { differences, winner, tried, overlap } = input;
  yield* requireSeries(differences, 'differences');
  requireSearch(differences.length, winner, tried);
  const observations = yield* countObservations(differences[winner]!, overlap);
  const moments = yield* trialMoments(differences, tried);
  const deflated = deflate(input, observations, moments);
  const beating = estimateBeating(input, observations, moments, input.holdout);
  const unseen = input.holdout === undefined ? undefined : confidenceOn(input.holdout, input.overlap);
  const found = [luckFinding(deflated, input.tried, confidence)];
  if (input.holdout !== undefined) found.push(holdoutFinding(unseen, required));
  return {
    suggest: found.every(({ passed }) => passed) ? 'deploy' : 'do not deploy',
    reasons: found.map(({ reason }) => reason),
    ...(deflated === undefined ? {} : { deflated }),
    ...(unseen === undefined ? {} : { holdoutConfidence: unseen }),
    ...(beating === undefined ? {} : { beating }),
  };
}

interface Finding {
  readonly passed: boolean;
  readonly reason: string;
}

function luckFinding(deflated: DeflatedDifference | undefined, tried: number, level: number): Finding {
  if (deflated === undefined) {
    return { passed: false, reason: 'the winner does not differ from the incumbent in a way that can be judged' };
  }
  const { deflatedConfidence, effectiveTrials } = deflated;
  const passed = deflatedConfidence >= level;
  const luck = `the luck of ${tried} trials (${effectiveTrials.toFixed(1)} independent)`;
  return {
    passed,
    reason: `after ${luck} the winner is better with confidence ${deflatedConfidence.toFixed(4)}; it takes ${level}`,
  };
}

function holdoutFinding(confidence: number | undefined, level: number): Finding {
  if (confidence === undefined) return { passed: false, reason: 'the holdout is too short or does not vary' };
  return {
    passed: confidence >= level,
    reason: `on the holdout alone the winner is better with confidence ${confidence.toFixed(4)}; it takes ${level}`,
  };
}

/** The confidence that the mean is above 0; `undefined` when the values do not vary or are too few. */
function confidenceOn(values: ArrayLike<number>, overlap: number): number | undefined {
  requireFinite(values, 'holdout');
  const evidence = sharpeRatioEvidence(values);
  const observations = Math.floor(effectiveObservations(values, overlap));
  if (evidence === undefined || observations < 2) return undefined;
  return probabilisticSharpeRatioOf({ ...evidence, observations }, 0);
}

function requireShare(value: number, name: string, fits: boolean, expected: string): void {
  if (!fits) throw new InvalidInputError('OUT_OF_RANGE', `${name} must be ${expected}; got ${value}`);
}
