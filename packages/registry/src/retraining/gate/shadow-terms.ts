import type { JsonObject, RetrainingConfig, RetrainingLogEntry } from '@mlperf/core';
import type { ChallengeEvidence } from './challenge-evidence.ts';
import type { ScoreKind } from './row-scores.ts';
import type { WatchRules } from './watched-gain.ts';

/** What a challenge in shadow goes by, stored when it begins. */
export type ShadowTerms = {
  /** Only decisions made at or after this count, epoch milliseconds. */
  readonly startedAt: number;
  /** When it ends undecided. */
  readonly endsAt: number;
  readonly score: ScoreKind;
  readonly costPerTrade: number;
  readonly gainBound: number;
  readonly labelOverlap: number;
  readonly minimumGain: number;
  /** Error of promoting a challenger that does not gain `minimumGain`. */
  readonly alpha: number;
  /** Error of giving up one that gains as much. */
  readonly alphaBelow: number;
  readonly minRows: number;
  readonly maxRows: number;
};

const DAY_MS = 86_400_000;

/**
 * @param evidence - Of the evaluation rows, which say what a gain looks like.
 * @param alpha - What the budget gave.
 * @param endsAt - See {@link shadowEndsAt}.
 */
export function shadowTerms(
  evidence: Pick<ChallengeEvidence, 'score' | 'gainBound' | 'labelOverlap'>,
  alpha: number,
  config: RetrainingConfig,
  now: number,
  endsAt: number,
): ShadowTerms {
  return {
    startedAt: now,
    endsAt,
    score: evidence.score,
    costPerTrade: config.costPerTrade,
    // A bound below the margin could never show a gain above it.
    gainBound: Math.max(evidence.gainBound, 2 * config.minimumGain),
    labelOverlap: evidence.labelOverlap,
    minimumGain: config.minimumGain,
    alpha,
    alphaBelow: (1 - config.confidenceLevel) / 2,
    minRows: config.minShadowRows,
    maxRows: config.maxShadowRows,
  };
}

/** When a challenge that has not begun in shadow ends undecided: its time counts from the stored verdict on its sample. */
export function shadowEndsAt(
  { updatedAt }: Pick<RetrainingLogEntry, 'updatedAt'>,
  { maxShadowDays }: Pick<RetrainingConfig, 'maxShadowDays'>,
): number {
  return updatedAt + maxShadowDays * DAY_MS;
}

export function watchRulesOf(terms: ShadowTerms): WatchRules {
  const { gainBound, labelOverlap, minimumGain: margin, alpha: alphaAbove, alphaBelow, minRows } = terms;
  return { gainBound, labelOverlap, margin, alphaAbove, alphaBelow, minDecisions: minRows };
}

/** The terms of a retraining whose challenger is in shadow, as they were stored by {@link shadowTerms}. */
export function shadowTermsOf(entry: Pick<RetrainingLogEntry, 'evidence'>): ShadowTerms | undefined {
  const told = entry.evidence?.shadow;
  return isObject(told) && typeof told.startedAt === 'number' ? (told as ShadowTerms) : undefined;
}

/** Whether a retraining has been judged on its sample and goes on beside the champion. */
export function isInShadow(entry: RetrainingLogEntry): boolean {
  return entry.stage === 'evaluating' && isObject(entry.evidence?.holdout);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
