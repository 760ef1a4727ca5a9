import type { StorageStores, StudyRecord, TrainingExperiment } from '@mlperf/core';
import { judgeSearch } from '../overfitting/deployment-verdict.ts';
import { estimateOverfitting } from '../overfitting/probability-of-overfitting.ts';
import { inSlices } from '../overfitting/sliced-work.ts';
import type { CompleteTrial } from './chosen-trial.ts';
import { type HoldoutRecords, type HoldoutSeries, holdoutSeries } from './holdout-series.ts';
import type { RowEvidence } from './row-evidence.ts';
import type { StudyReport } from './study-report.ts';

/** Blocks of the cross-validation behind the probability of overfitting: 252 splits, which stay quick. */
const BLOCKS = 10;

/** All that a verdict rests on. */
export interface VerdictBasis {
  readonly stores: Pick<StorageStores, 'artifacts'>;
  readonly study: StudyRecord;
  readonly tried: number;
  /** By studies learned from, on data that overlaps. */
  readonly triedBefore: number;
  /** By trial number. */
  readonly complete: readonly CompleteTrial[];
  readonly choice: CompleteTrial | undefined;
  readonly evidence: RowEvidence | undefined;
  readonly incumbent: Wanted & { readonly record: TrainingExperiment | undefined };
  readonly holdout: Wanted & HoldoutRecords & { readonly earlierLooks: number };
}

interface Wanted {
  readonly wanted: boolean;
  readonly failure: string | undefined;
}

type Verdict = Pick<
  StudyReport,
  | 'rowMetric'
  | 'observations'
  | 'overlap'
  | 'deflated'
  | 'beating'
  | 'overfittingProbability'
  | 'holdout'
  | 'suggest'
  | 'reasons'
>;

/**
 * Whether to deploy the choice of a study, with the figures that say so. Whatever is asked for and not there speaks
 * against it: an incumbent or a holdout without a score, a holdout that was spent on another trial.
 */
export async function verdictOf(basis: VerdictBasis): Promise<Verdict> {
  const { choice, evidence, triedBefore } = basis;
  if (choice === undefined) return against('no trial is complete');
  const winner = evidence?.trialNumbers.indexOf(choice.trialNumber) ?? -1;
  if (evidence === undefined || winner < 0) {
    return against(`trial ${choice.trialNumber} has no stored answers to the rows all trials are scored on`);
  }
  const { rows, byTime, differences } = evidence;
  const obstacles: string[] = [];
  const { incumbent } = basis;
  if (incumbent.wanted && evidence.against !== 'incumbent') {
    obstacles.push(`the incumbent has no score${because(incumbent.failure)}; compared with no skill instead`);
  }
  const holdout = await holdoutSeries(basis, choice, basis.complete);
  obstacles.push(...holdoutObstacles(basis, choice, holdout));
  const overlap = byTime.overlap(rows.labelEndsAt);
  const judged = holdout?.spentOnChoice === true ? holdout.differences : undefined;
  const input = {
    differences,
    winner,
    tried: basis.tried + triedBefore,
    overlap,
    ...(judged !== undefined && judged.length > 1 ? { holdout: judged } : {}),
  };
  const verdict = await inSlices(judgeSearch(input, { holdoutConfidence: holdoutConfidence(basis) }));
  const enough = differences.length > 1 && byTime.times.length >= BLOCKS;
  const overfitting = enough ? await inSlices(estimateOverfitting(differences, { blocks: BLOCKS })) : undefined;
  return {
    rowMetric: rows.rowMetric,
    observations: byTime.times.length,
    overlap,
    ...(verdict.deflated === undefined ? {} : { deflated: verdict.deflated }),
    ...(verdict.beating === undefined ? {} : { beating: verdict.beating }),
    ...(overfitting === undefined ? {} : { overfittingProbability: overfitting.probability }),
    ...(holdout === undefined
      ? {}
      : {
          holdout: {
            ...holdout.finding,
            ...(verdict.holdoutConfidence === undefined ? {} : { confidence: verdict.holdoutConfidence }),
          },
        }),
    suggest: obstacles.length === 0 ? verdict.suggest : 'do not deploy',
    reasons: [
      ...obstacles,
      ...verdict.reasons,
      ...looksNote(basis),
      ...learnedNote(basis),
      ...substituteNote(basis.study, rows.rowMetric),
    ],
  };
}

function holdoutObstacles(
  { holdout: { wanted, failure } }: VerdictBasis,
  choice: CompleteTrial,
  holdout: HoldoutSeries | undefined,
): readonly string[] {
  if (!wanted) return [];
  if (holdout === undefined) return [`the holdout has no score${because(failure)}`];
  if (!holdout.spentOnChoice) {
    const on = holdout.finding.trialNumber === undefined ? 'another trial' : `trial ${holdout.finding.trialNumber}`;
    return [
      `the holdout was spent on ${on} and cannot judge trial ${choice.trialNumber}; search anew with newer rows held out`,
    ];
  }
  if (holdout.differences === undefined) return [`the incumbent has no score on the holdout${because(failure)}`];
  return holdout.differences.length > 1 ? [] : ['the holdout has fewer than 2 observations'];
}

/** Bonferroni: all looks together pass by luck no more often than one that takes a half. */
function holdoutConfidence({ holdout: { earlierLooks } }: VerdictBasis): number {
  return 1 - 0.5 / (earlierLooks + 1);
}

function looksNote({ holdout: { wanted, earlierLooks } }: VerdictBasis): readonly string[] {
  if (!wanted || earlierLooks === 0) return [];
  return [`the holdout was looked at by other studies before (${earlierLooks} other answers): it takes the more`];
}

function learnedNote({ triedBefore }: VerdictBasis): readonly string[] {
  if (triedBefore === 0) return [];
  return [
    `${triedBefore} of the trials are of studies that were learned from, on data that overlaps: their luck counts`,
  ];
}

function substituteNote({ metric }: StudyRecord, rowMetric: { readonly name: string; readonly substitute: boolean }) {
  if (!rowMetric.substitute) return [];
  return [`${metric} is no mean over rows: rows are judged by ${rowMetric.name} instead`];
}

function because(failure: string | undefined): string {
  return failure === undefined ? '' : ` (${failure})`;
}

function against(reason: string): Verdict {
  return { suggest: 'do not deploy', reasons: [reason] };
}
