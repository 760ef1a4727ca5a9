import { type Dataset, mean, normalQuantile } from '@mlperf/core';
import { blockBootstrapMean, LEAST_BLOCKS } from './block-bootstrap.ts';
import { defaultBlockLength, labelOverlap, timeOrder } from './block-length.ts';
import {
  type ModelAnswers,
  type RowScores,
  type ScoreKind,
  scoreKindOf,
  scoreNoSkill,
  scoreRows,
} from './row-scores.ts';

export interface ChallengeRules {
  /** Fraction of the position, ≥ 0. */
  readonly costPerTrade: number;
  /** Two-sided, in (0, 1). */
  readonly confidenceLevel: number;
  /** What the mean gain per row must exceed, ≥ 0, in the unit of the score. */
  readonly minimumGain: number;
  readonly bootstrapReplicates: number;
  /** Rows per block; default {@link defaultBlockLength}. */
  readonly blockLength?: number;
}

export interface Challenge {
  /** The evaluation rows; neither model was trained on them. Blocks are cut in time order over all groups. */
  readonly rows: Dataset;
  readonly challenger: ModelAnswers;
  /** Absent when nothing is served yet: then no skill is the opponent. */
  readonly champion: ModelAnswers | undefined;
  readonly rules: ChallengeRules;
  readonly seed: string;
}

/** The numbers a verdict rests on. Scores and their gain are means per row. */
export type ChallengeEvidence = {
  readonly score: ScoreKind;
  readonly opponent: 'champion' | 'no-skill';
  readonly rows: number;
  /** Timestamps of the first and last evaluation row, epoch milliseconds. */
  readonly evaluatedFrom: number;
  readonly evaluatedTo: number;
  readonly challengerScore: number;
  readonly opponentScore: number;
  readonly gain: number;
  /** Absent when the rows were too few for a bootstrap. */
  readonly gainLower?: number;
  readonly gainUpper?: number;
  readonly pValue?: number;
  readonly minimumGain: number;
  readonly confidenceLevel: number;
  readonly costPerTrade: number;
  readonly blockLength: number;
  readonly bootstrapReplicates: number;
  readonly challengerAccuracy: number;
  readonly championAccuracy?: number;
  /** Share of the most frequent class among these rows. */
  readonly noSkillAccuracy: number;
  /** Sample size at which a gain of this size would win; absent when no size would do, or the challenger won. */
  readonly rowsNeeded?: number;
};

export type ChallengeVerdict =
  | { readonly wins: true; readonly reason: 'better'; readonly evidence: ChallengeEvidence }
  | { readonly wins: false; readonly reason: 'not-better' | 'too-few-rows'; readonly evidence: ChallengeEvidence };

/**
 * Judges a challenger once, on one fixed sample:
 *
 *   dᵢ = score(challenger)ᵢ − score(opponent)ᵢ;  it wins ⇔ lower bound of the interval for mean(d) > minimumGain
 *
 * The opponent is the champion, or always the most frequent class when there is none. The interval is that of
 * {@link blockBootstrapMean}; fewer than ten blocks are too few to judge, and then nobody wins.
 *
 *   rowsNeeded = n · ( z · standardError / (mean(d) − minimumGain) )²
 *
 * @remarks Of two models of equal worth the challenger should win (1 − confidenceLevel) / 2 of samples at a
 * `minimumGain` of 0. Measured on 2,000 simulated samples each, at 95 %: 2.2 % (250 rows), 2.4 % (250 rows, labels
 * over 5 rows), 4.3 % (1,000 rows, labels over 20). A model 10 points better wins 77 % of samples of 250 rows and all
 * of 1,000. Looking again at a sample that grows breaks the rate: judge each sample once.
 */
export function judgeChallenge({ rows, challenger, champion, rules, seed }: Challenge): ChallengeVerdict {
  const kind = scoreKindOf(rows);
  const challengerScores = scoreRows(rows, challenger, kind, rules.costPerTrade);
  const noSkill = scoreNoSkill(rows, kind, rules.costPerTrade);
  const championScores = champion && scoreRows(rows, champion, kind, rules.costPerTrade);
  const opponent: RowScores = championScores ?? noSkill;
  const count = rows.features.rows;
  const order = timeOrder(rows);
  const gains = Float64Array.from(order, (row) => challengerScores.scores[row]! - opponent.scores[row]!);
  const blockLength = blockLengthOf(rows, rules);
  const evidence: ChallengeEvidence = {
    score: kind,
    opponent: championScores === undefined ? 'no-skill' : 'champion',
    rows: count,
    evaluatedFrom: rows.timestamps[order[0]!]!,
    evaluatedTo: rows.timestamps[order[count - 1]!]!,
    challengerScore: mean(challengerScores.scores),
    opponentScore: mean(opponent.scores),
    gain: mean(gains),
    minimumGain: rules.minimumGain,
    confidenceLevel: rules.confidenceLevel,
    costPerTrade: rules.costPerTrade,
    blockLength,
    bootstrapReplicates: rules.bootstrapReplicates,
    challengerAccuracy: mean(challengerScores.hits),
    ...(championScores === undefined ? {} : { championAccuracy: mean(championScores.hits) }),
    noSkillAccuracy: mean(noSkill.hits),
  };
  const least = LEAST_BLOCKS * blockLength;
  if (count < least) return { wins: false, reason: 'too-few-rows', evidence: { ...evidence, rowsNeeded: least } };
  const interval = blockBootstrapMean(gains, {
    blockLength,
    replicates: rules.bootstrapReplicates,
    confidenceLevel: rules.confidenceLevel,
    nullMean: rules.minimumGain,
    seed,
  });
  const judged = { ...evidence, gainLower: interval.lower, gainUpper: interval.upper, pValue: interval.pValue };
  if (interval.lower > rules.minimumGain) return { wins: true, reason: 'better', evidence: judged };
  const needed = rowsNeeded(count, interval.standardError, interval.mean - rules.minimumGain, rules.confidenceLevel);
  return {
    wins: false,
    reason: 'not-better',
    evidence: needed === undefined ? judged : { ...judged, rowsNeeded: needed },
  };
}

/** Rows per block for a sample: the one the rules name, or the default for its labels. */
export function blockLengthOf(
  rows: Pick<Dataset, 'timestamps' | 'labelEndsAt'>,
  rules: Pick<ChallengeRules, 'blockLength'>,
): number {
  if (rules.blockLength !== undefined) return rules.blockLength;
  const order = timeOrder(rows);
  const timestamps = Float64Array.from(order, (row) => rows.timestamps[row]!);
  const labelEndsAt = Float64Array.from(order, (row) => rows.labelEndsAt[row]!);
  return defaultBlockLength(labelOverlap({ timestamps, labelEndsAt }), order.length);
}

function rowsNeeded(rows: number, standardError: number, margin: number, level: number): number | undefined {
  if (margin <= 0) return undefined;
  const z = normalQuantile(0.5 + level / 2);
  // The expanded interval is a little wider than z: a sample that just lost needs at least one row more.
  return Math.max(rows + 1, Math.ceil(rows * ((z * standardError) / margin) ** 2));
}
