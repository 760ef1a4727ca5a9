import {
  decideResolution,
  NotFoundError,
  type OutcomeResolution,
  predictionConflict,
  type RecordedPrediction,
  type RecordRequest,
  type ResolutionResult,
  samePrediction,
  type TrackedOutcome,
} from '@mlperf/core';
import type { RowValues } from '../batch-statements.ts';
import type { PredictionTable } from '../schema.ts';
import { takeSequence } from '../sequence-counters.ts';
import type { SqlSession } from '../sql-session.ts';
import {
  outcomeValues,
  PREDICTION_COLUMNS,
  RECORDED_COLUMNS,
  recordedValues,
  toRecordedPrediction,
  toTrackedOutcome,
} from './prediction-rows.ts';
import { insertPredictions, selectPredictions, storeOutcomes } from './prediction-statements.ts';
import { RollupChanges } from './rollup-changes.ts';

/** A prediction of a batch: its row if it is stored, and the outcome it has, stored or given earlier in the batch. */
interface Target {
  readonly row: PredictionTable | undefined;
  readonly prediction: RecordedPrediction;
  outcome: TrackedOutcome | undefined;
  changed: boolean;
}

/**
 * Appends predictions, then attaches outcomes, also to those just appended: each row is looked up once and written
 * once, and so is each roll-up.
 */
export async function recordPredictions(
  session: SqlSession,
  { predictions, resolutions }: RecordRequest,
): Promise<{ readonly added: readonly boolean[]; readonly results: readonly ResolutionResult[] }> {
  const targets = await loadTargets(session, predictions, resolutions);
  const changes = new RollupChanges();
  const added = predictions.map((prediction) => add(targets, prediction, changes));
  const unknown = resolutions.find(({ predictionId }) => !targets.has(predictionId))?.predictionId;
  if (unknown !== undefined) throw new NotFoundError(`prediction '${unknown}' must be recorded first; it is not`);
  const numbers = await takeNumbers(session, targets, resolutions);
  const results = resolutions.map((resolution) => {
    const target = targets.get(resolution.predictionId)!;
    return resolve(target, resolution, changes, () => numbers.get(target.prediction.modelVersionId)!.next++);
  });
  await write(session, targets.values());
  await changes.store(session);
  return { added, results };
}

/** Every stored prediction that the batch names. */
async function loadTargets(
  session: SqlSession,
  predictions: readonly RecordedPrediction[],
  resolutions: readonly OutcomeResolution[],
): Promise<Map<string, Target>> {
  const ids = new Set<string>();
  for (const { id } of predictions) ids.add(id);
  for (const { predictionId } of resolutions) ids.add(predictionId);
  const targets = new Map<string, Target>();
  for (const row of await selectPredictions(session, [...ids])) {
    const outcome = toTrackedOutcome(row);
    targets.set(row.id, { row, prediction: toRecordedPrediction(row), outcome, changed: false });
  }
  return targets;
}

function add(targets: Map<string, Target>, prediction: RecordedPrediction, changes: RollupChanges): boolean {
  const earlier = targets.get(prediction.id)?.prediction;
  if (earlier !== undefined) {
    if (samePrediction(earlier, prediction)) return false;
    throw predictionConflict(earlier, prediction);
  }
  targets.set(prediction.id, { row: undefined, prediction, outcome: undefined, changed: false });
  changes.addPrediction(prediction);
  return true;
}

/** Reserves a number for every prediction that gets its first outcome now, per model version. */
async function takeNumbers(
  session: SqlSession,
  targets: ReadonlyMap<string, Target>,
  resolutions: readonly OutcomeResolution[],
): Promise<Map<string, { next: number }>> {
  const open = new Set<Target>();
  for (const { predictionId } of resolutions) {
    const target = targets.get(predictionId)!;
    if (target.outcome === undefined) open.add(target);
  }
  const counts = new Map<string, number>();
  for (const { prediction } of open) {
    counts.set(prediction.modelVersionId, (counts.get(prediction.modelVersionId) ?? 0) + 1);
  }
  const numbers = new Map<string, { next: number }>();
  for (const [versionId, count] of counts) {
    numbers.set(versionId, { next: await takeSequence(session, `outcomes of ${versionId}`, count) });
  }
  return numbers;
}

function resolve(
  target: Target,
  resolution: OutcomeResolution,
  changes: RollupChanges,
  takeNumber: () => number,
): ResolutionResult {
  const { prediction, outcome: replaced } = target;
  const { status, outcome } = decideResolution(prediction, replaced, resolution, takeNumber);
  const { predictionId } = resolution;
  if (status === 'unchanged') return { predictionId, status, outcome };
  if (replaced !== undefined) changes.removeOutcome(prediction, replaced);
  changes.addOutcome(prediction, outcome);
  target.outcome = outcome;
  target.changed = true;
  return replaced === undefined ? { predictionId, status, outcome } : { predictionId, status, outcome, replaced };
}

async function write(session: SqlSession, targets: Iterable<Target>): Promise<void> {
  const open: RowValues[] = [];
  const resolved: RowValues[] = [];
  const late: { readonly row: PredictionTable; readonly outcome: TrackedOutcome }[] = [];
  for (const { row, prediction, outcome, changed } of targets) {
    if (row === undefined && outcome === undefined) open.push(recordedValues(prediction));
    else if (row === undefined) resolved.push([...recordedValues(prediction), ...outcomeValues(outcome!)]);
    else if (changed) late.push({ row, outcome: outcome! });
  }
  await insertPredictions(session, RECORDED_COLUMNS, open);
  await insertPredictions(session, PREDICTION_COLUMNS, resolved);
  await storeOutcomes(session, late);
}
