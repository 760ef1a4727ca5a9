import { type Dataset, mean } from '@mlperf/core';
import { type BlockBootstrapResult, blockBootstrapMean, LEAST_BLOCKS } from './block-bootstrap.ts';
import { defaultBlockLength, labelOverlap, overlapSpread, timeOrder } from './block-length.ts';
import type { ChallengeEvidence, ChallengeVerdict } from './challenge-evidence.ts';
import { gainBoundOf, timesOverlap } from './gain-range.ts';
import {
  answersAlike,
  type ModelAnswers,
  mostFrequentShare,
  scoreKindOf,
  scoreNoSkill,
  scoreRows,
} from './row-scores.ts';
import { rowsNeededFor, STATED_POWER } from './rows-to-decide.ts';

export interface ChallengeRules {
  /** Fraction of the position, ≥ 0. */
  readonly costPerTrade: number;
  /** Two-sided, in (0, 1). */
  readonly confidenceLevel: number;
  /** What the mean gain per row must exceed, ≥ 0, in the unit of the score. */
  readonly minimumGain: number;
  /** At least; more are drawn when the error is so small that its quantile needs them. */
  readonly bootstrapReplicates: number;
  /** Rows per block; default {@link defaultBlockLength}. */
  readonly blockLength?: number;
  /** A challenger that is right more often knows something it should not; default 1, any accuracy is believed. */
  readonly maxPlausibleAccuracy?: number;
}

export interface Challenge {
  /** The evaluation rows; neither model was trained on them. Blocks are cut in time order over all groups. */
  readonly rows: Dataset;
  readonly challenger: ModelAnswers;
  /** Absent when nothing is served yet: then no skill is the opponent. */
  readonly champion: ModelAnswers | undefined;
  /** Whether the champion is known to be degraded and a skilled challenger that is not worse is to win; default false. */
  readonly degraded?: boolean;
  readonly rules: ChallengeRules;
  readonly seed: string;
}

/** A quantile needs this many resamples beyond it to be worth its name. */
const RESAMPLES_BEYOND = 10;

/**
 * Judges a challenger once, on one fixed sample:
 *
 *   dᵢ = score(challenger)ᵢ − score(opponent)ᵢ;  it wins ⇔ lower bound of the interval for mean(d) > minimumGain
 *
 * The opponent is the champion, or no skill when there is none: the best answer that is always the same, see
 * `scoreNoSkill`. The interval is that of {@link blockBootstrapMean}; fewer than ten blocks are too few to judge, and then
 * nobody wins. Nor does a challenger that answers every row alike, or is too good to be true.
 *
 * With `degraded` there are two ways to win, each with half of the error: to be better, or to beat no skill by its
 * interval with a mean gain over the champion of at least 0. The half bounds challengers without skill, not those that are
 * no better: a champion at 60 % is replaced by an equal one in 18 % of 600 samples of 250 rows, by one 2 points worse in
 * 8 %, 5 points worse in 1 %.
 *
 *   rowsNeeded = n · ( (z_level + z_power) · standardError / (mean(d) − minimumGain) )²
 *
 * @remarks Of two models of equal worth the challenger should win (1 − confidenceLevel) / 2 of samples at a
 * `minimumGain` of 0. Measured on 2,000 simulated samples each, at 95 %: 2.2 % (250 rows), 2.1 % (250 rows, labels
 * over 5 rows), 3.5 % (1,000 rows, labels over 20). A model 10 points better wins 77 % of samples of 250 rows and all
 * of 1,000. Looking again at a sample that grows breaks the rate: judge each sample once.
 */
export function judgeChallenge(challenge: Challenge): ChallengeVerdict {
  const { rows, challenger, champion, rules } = challenge;
  const degraded = champion !== undefined && (challenge.degraded ?? false);
  const kind = scoreKindOf(rows);
  const own = scoreRows(rows, challenger, kind, rules.costPerTrade);
  const noSkill = scoreNoSkill(rows, kind, rules.costPerTrade);
  const served = champion && scoreRows(rows, champion, kind, rules.costPerTrade);
  const opponent = served ?? noSkill;
  const count = rows.features.rows;
  const order = timeOrder(rows);
  const gains = Float64Array.from(order, (row) => own.scores[row]! - opponent.scores[row]!);
  const alpha = (1 - rules.confidenceLevel) / (degraded ? 4 : 2);
  const blockLength = blockLengthOf(rows, rules);
  const replicates = Math.max(rules.bootstrapReplicates, Math.min(1_000_000, Math.ceil(RESAMPLES_BEYOND / alpha)));
  const evidence: ChallengeEvidence = {
    score: kind,
    opponent: served === undefined ? 'no-skill' : 'champion',
    rows: count,
    evaluatedFrom: rows.timestamps[order[0]!]!,
    evaluatedTo: rows.timestamps[order[count - 1]!]!,
    challengerScore: mean(own.scores),
    opponentScore: mean(opponent.scores),
    gain: mean(gains),
    minimumGain: rules.minimumGain,
    confidenceLevel: degraded ? 1 - 2 * alpha : rules.confidenceLevel,
    costPerTrade: rules.costPerTrade,
    blockLength,
    bootstrapReplicates: replicates,
    challengerAccuracy: mean(own.hits),
    ...(served === undefined ? {} : { championAccuracy: mean(served.hits) }),
    noSkillAccuracy: mostFrequentShare(rows),
    noSkillScore: mean(noSkill.scores),
    gainBound: gainBoundOf(rows, gains, kind, rules.costPerTrade),
    labelOverlap: timesOverlap(rows),
  };
  const least = LEAST_BLOCKS * blockLength;
  if (count < least) return { wins: false, reason: 'too-few-rows', evidence: { ...evidence, rowsNeeded: least } };
  const spread = overlapSpread(rowOverlap(rows), blockLength);
  const bootstrap = (values: Float64Array, nullMean: number, seed: string) =>
    blockBootstrapMean(values, { blockLength, replicates, confidenceLevel: 1 - 2 * alpha, nullMean, seed, spread });
  const interval = bootstrap(gains, rules.minimumGain, challenge.seed);
  const judged = { ...evidence, gainLower: interval.lower, gainUpper: interval.upper, pValue: interval.pValue };
  if (evidence.challengerAccuracy > (rules.maxPlausibleAccuracy ?? 1)) {
    return { wins: false, reason: 'implausible', evidence: judged };
  }
  if (answersAlike(challenger)) return { wins: false, reason: 'constant', evidence: judged };
  if (interval.lower > rules.minimumGain) return { wins: true, reason: 'better', evidence: judged };
  const lost = { ...judged, ...neededRows(count, interval, rules.minimumGain, alpha) };
  if (!degraded) return { wins: false, reason: 'not-better', evidence: lost };
  const overNoSkill = Float64Array.from(order, (row) => own.scores[row]! - noSkill.scores[row]!);
  const gainOverNoSkillLower = bootstrap(overNoSkill, 0, JSON.stringify([challenge.seed, 'no-skill'])).lower;
  if (evidence.gain >= 0 && gainOverNoSkillLower > 0) {
    return { wins: true, reason: 'skilled', evidence: { ...judged, gainOverNoSkillLower } };
  }
  return { wins: false, reason: 'not-better', evidence: { ...lost, gainOverNoSkillLower } };
}

/** Rows per block for a sample: the one the rules name, or the default for its labels. */
export function blockLengthOf(
  rows: Pick<Dataset, 'timestamps' | 'labelEndsAt'>,
  rules: Pick<ChallengeRules, 'blockLength'>,
): number {
  return rules.blockLength ?? defaultBlockLength(rowOverlap(rows), rows.timestamps.length);
}

function rowOverlap(rows: Pick<Dataset, 'timestamps' | 'labelEndsAt'>): number {
  const order = timeOrder(rows);
  const timestamps = Float64Array.from(order, (row) => rows.timestamps[row]!);
  const labelEndsAt = Float64Array.from(order, (row) => rows.labelEndsAt[row]!);
  return labelOverlap({ timestamps, labelEndsAt });
}

function neededRows(
  rows: number,
  { mean: gain, standardError }: BlockBootstrapResult,
  minimumGain: number,
  alpha: number,
): Pick<ChallengeEvidence, 'rowsNeeded' | 'rowsNeededAt80'> {
  const sample = { rows, standardError, margin: gain - minimumGain };
  const rowsNeeded = rowsNeededFor(sample, alpha, STATED_POWER);
  const rowsNeededAt80 = rowsNeededFor(sample, alpha, 0.8);
  return rowsNeeded === undefined || rowsNeededAt80 === undefined ? {} : { rowsNeeded, rowsNeededAt80 };
}
