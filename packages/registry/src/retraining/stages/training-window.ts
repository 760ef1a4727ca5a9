import { type Dataset, lookBackWindows, MlperfError, mean, purgeTrainingRows, selectRows } from '@mlperf/core';
import { timeOrder } from '../gate/block-length.ts';
import { scoreKindOf, scoreRows } from '../gate/row-scores.ts';
import type { RunProgress } from '../run-progress.ts';
import { calibrationRowsOf } from './calibrating.ts';
import { fittedAnswers } from './fitted-answers.ts';

/** Which of the training rows to learn from. */
export type WindowName = 'all' | 'rolling' | 'since-change';

/** How one window did. */
export type WindowStanding = {
  readonly window: WindowName;
  /** It would train on. */
  readonly rows: number;
  /** Mean score per validation row of the models trained on it; absent when it was not compared. */
  readonly score?: number;
  /** Why it was not. */
  readonly reason?: string;
};

/** What a choice of window rests on. */
export type WindowEvidence = {
  readonly window: WindowName;
  readonly rows: number;
  /** Absent when the window was not chosen by validation. */
  readonly candidates?: readonly WindowStanding[];
  /** Validation rows every candidate was scored on. */
  readonly validationRows?: number;
  /** When the change began that `since-change` leaves behind, epoch milliseconds. */
  readonly changedAt?: number;
};

export interface ChosenWindow {
  readonly rows: Dataset;
  readonly evidence: WindowEvidence;
}

/** Walk-forward validations a choice rests on. */
const FOLDS = 2;
/** Share of the training rows, the newest, that the candidates are compared on. */
const VALIDATION_SHARE = 0.2;
/** Share of the rows since the change that they may be at most. */
const SHARE_SINCE_CHANGE = 0.4;

interface Candidate {
  readonly window: WindowName;
  /** Those of these rows, ascending and newest last, that belong to the window. */
  readonly select: (rows: Uint32Array) => Uint32Array;
  readonly rows: Uint32Array;
}

/**
 * The rows to train on: all, the newest `rollingRows`, or those whose label ended since the estimated change; or
 * (`validated`) whichever of the three trains the model that scores best where it has not been trained.
 *
 *   score(window) = mean over the validation rows of the gate's score, by the models fitted on the window's rows before them
 *
 * The newest fifth of the training rows, but at most two fifths of those since the change when they are a candidate, is
 * cut into two folds; for each, every candidate is fitted on its rows before the fold, purged of what overlaps it, and
 * answers it. A tie goes to the larger window. The rows of the gate take no part: a challenger chosen here is judged on
 * rows that no choice has seen.
 *
 * A window with fewer than `minTrainingRows` beside those of the calibration, or half as many before a fold, is left out;
 * without a choice left no fit is made. A window that cannot be fitted is left out too, unless it is `all`, whose error is the retraining's.
 *
 * @param train - Purged of the gate's rows.
 */
export async function chooseWindow(
  run: RunProgress,
  train: Dataset,
  changedAt: number | undefined,
): Promise<ChosenWindow> {
  const { trainingWindow } = run.context.config;
  const candidates = candidatesOf(run, train, changedAt);
  const known = changedAt === undefined ? {} : { changedAt };
  if (trainingWindow !== 'validated') {
    const asked = candidates.find(({ window }) => window === trainingWindow) ?? candidates[0]!;
    return chosen(train, asked, known);
  }
  if (candidates.length === 1) return chosen(train, candidates[0]!, known);
  const since = candidates.some(({ window }) => window === 'since-change') ? changedAt : undefined;
  const { standings, validationRows } = await compare(run, train, candidates, since);
  let best = 0;
  standings.forEach(({ score }, i) => {
    if (score !== undefined && score > (standings[best]!.score ?? Number.NEGATIVE_INFINITY)) best = i;
  });
  return chosen(train, candidates[best]!, { ...known, candidates: standings, validationRows });
}

/** Largest first; each smaller than the one before and large enough to train on beside its calibration. */
function candidatesOf(run: RunProgress, train: Dataset, changedAt: number | undefined): readonly Candidate[] {
  const { config } = run.context;
  const every = Uint32Array.from(train.timestamps.keys());
  const order = timeOrder(train);
  const rank = new Uint32Array(order.length);
  order.forEach((row, position) => {
    rank[row] = position;
  });
  const last = (rows: Uint32Array, count: number) =>
    Uint32Array.from(rows)
      .sort((a, b) => rank[a]! - rank[b]!)
      .slice(-count)
      .sort();
  const missing = (rows: Uint32Array) =>
    config.minTrainingRows - calibrationRowsOf(selectRows(train, rows), config).fit.length;
  const newest = config.rollingRows ?? halfOf(every.length, (count) => missing(last(every, count)));
  const rolling = (rows: Uint32Array) => last(rows, newest);
  const since = (rows: Uint32Array) => rows.filter((row) => train.labelEndsAt[row]! >= changedAt!);
  const candidates: Candidate[] = [{ window: 'all', select: (rows) => rows, rows: every }];
  const add = (window: WindowName, select: Candidate['select']) => {
    const rows = select(every);
    if (rows.length > 0 && rows.length < every.length && missing(rows) <= 0) candidates.push({ window, select, rows });
  };
  add('rolling', rolling);
  if (changedAt !== undefined) add('since-change', since);
  return candidates;
}

/** Half of so many rows, or as many more as leave enough to fit on. @param missing - How many the newest of a count lack. */
function halfOf(all: number, missing: (count: number) => number): number {
  let count = Math.ceil(all / 2);
  for (let more = missing(count); more > 0 && count < all; more = missing(count)) count += more;
  return count;
}

/** Rows of the rule that was left behind would vote for it: since a change no more than leaves enough to fit on. */
function validationRowsOf({ labelEndsAt }: Dataset, changedAt: number | undefined): number {
  const share = VALIDATION_SHARE * labelEndsAt.length;
  if (changedAt === undefined) return share;
  return Math.min(share, SHARE_SINCE_CHANGE * labelEndsAt.filter((end) => end >= changedAt).length);
}

async function compare(
  run: RunProgress,
  train: Dataset,
  candidates: readonly Candidate[],
  changedAt: number | undefined,
): Promise<{ readonly standings: readonly WindowStanding[]; readonly validationRows: number }> {
  const { config } = run.context;
  const order = timeOrder(train);
  const size = Math.floor(validationRowsOf(train, changedAt) / FOLDS);
  const scores = candidates.map((): Float64Array[] => []);
  const reasons = new Map<number, string>();
  for (let fold = FOLDS; fold >= 1 && size > 0; fold--) {
    const from = order.length - fold * size;
    const held = Uint32Array.from(order.slice(from, from + size)).sort();
    const before = Uint32Array.from(order.slice(0, from)).sort();
    const kept = purgeTrainingRows(train, before, held, { embargoMs: config.embargoMs });
    const least = Math.ceil(config.minTrainingRows / 2);
    const selected = candidates.map(({ select }) => select(kept));
    for (const [i, rows] of selected.entries()) {
      if (reasons.has(i)) continue;
      if (rows.length < least) {
        reasons.set(i, `${rows.length} rows before a fold; at least ${least} are needed`);
        continue;
      }
      try {
        scores[i]!.push(await foldScores(run, train, rows, held, `window ${candidates[i]!.window} ${fold}`));
      } catch (error) {
        const aborted =
          MlperfError.is(error) && ['ABORTED', 'DEADLINE_EXCEEDED', 'CLOSED', 'FENCED'].includes(error.code);
        if (i === 0 || aborted || !MlperfError.is(error)) throw error;
        reasons.set(i, error.message);
      }
    }
  }
  const standings = candidates.map(({ window, rows }, i): WindowStanding => {
    const values = scores[i]!.flatMap((fold) => [...fold]);
    const reason = reasons.get(i) ?? (values.length === 0 ? 'no row to score' : undefined);
    return { window, rows: rows.length, ...(reason === undefined ? { score: mean(values) } : { reason }) };
  });
  return { standings, validationRows: scores[0]!.reduce((sum, fold) => sum + fold.length, 0) };
}

/** The scores of a model fitted on `rows`, on those of `held` that it can answer. */
async function foldScores(
  run: RunProgress,
  train: Dataset,
  rows: Uint32Array,
  held: Uint32Array,
  purpose: string,
): Promise<Float64Array> {
  const { config, hyperparameters } = run.context;
  const fitted = await run.fit({ hyperparameters, seed: run.seedFor(purpose), train: selectRows(train, rows) });
  const windows = fitted.lookBack === 0 ? held : answerable(train, held, fitted.lookBack);
  if (windows.length === 0) return new Float64Array(0);
  const sample = selectRows(train, windows);
  const answers = await fittedAnswers(run, fitted, train, windows);
  return scoreRows(sample, answers, scoreKindOf(sample), config.costPerTrade).scores;
}

function answerable(train: Dataset, held: Uint32Array, lookBack: number): Uint32Array {
  return Uint32Array.from(lookBackWindows(selectRows(train, held), lookBack, train).rows, (row) => held[row]!);
}

function chosen(
  train: Dataset,
  { window, rows }: Candidate,
  more: Pick<WindowEvidence, 'candidates' | 'validationRows' | 'changedAt'>,
): ChosenWindow {
  return {
    rows: window === 'all' ? train : selectRows(train, rows),
    evidence: { window, rows: rows.length, ...more },
  };
}
