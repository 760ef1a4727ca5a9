import type { OutcomeResolution, RecordedPrediction } from '@mlperf/core';
import type { StoreCall } from '@mlperf/storage-sql';

/** Rows of one merged call: the most that a batch may have. */
const MAX_ROWS = 10_000;

/** One call in place of several. */
export interface MergedCall {
  readonly call: StoreCall;
  /** Which calls it stands for, and how many rows of its result each gets; all of it for a lone one. */
  readonly parts: readonly { readonly index: number; readonly rows: number | undefined }[];
}

/** Calls under way to become one. */
interface Batch {
  readonly ids: Set<string>;
  readonly rows: unknown[];
  readonly parts: { readonly index: number; readonly rows: number }[];
  last: StoreCall | undefined;
}

/**
 * Puts neighbouring `predictions.append` calls together, and `predictions.resolve` calls, since a statement over a
 * hundred rows costs little more than one over a single row. Calls of the two kinds change places only when they
 * concern different predictions, so that each gives what it would have given alone.
 *
 * @returns calls to run in this order. If one fails, run the originals instead: the failure may be any one's.
 */
export function mergeCalls(calls: readonly StoreCall[]): readonly MergedCall[] {
  const merged: MergedCall[] = [];
  let appended = emptyBatch();
  let resolved = emptyBatch();
  const flush = () => {
    for (const batch of [appended, resolved]) {
      if (batch.last !== undefined) merged.push({ call: { ...batch.last, args: [batch.rows] }, parts: batch.parts });
    }
    appended = emptyBatch();
    resolved = emptyBatch();
  };
  calls.forEach((call, index) => {
    const ids = predictionIdsOf(call);
    if (ids === undefined) {
      flush();
      merged.push({ call, parts: [{ index, rows: undefined }] });
      return;
    }
    const isAppend = call.method === 'append';
    const own = isAppend ? appended : resolved;
    // An append runs before every resolution of its batch, so none of these may be of its predictions.
    const clash = ids.some((id) => own.ids.has(id) || (isAppend && resolved.ids.has(id)));
    if (clash || own.rows.length + ids.length > MAX_ROWS) flush();
    const batch = isAppend ? appended : resolved;
    for (const id of ids) batch.ids.add(id);
    for (const row of call.args[0] as readonly unknown[]) batch.rows.push(row);
    batch.parts.push({ index, rows: ids.length });
    batch.last = call;
  });
  flush();
  return merged;
}

/** Hands each original call its share of a merged call's result. */
export function shareResult(
  { parts }: MergedCall,
  result: unknown,
  give: (index: number, result: unknown) => void,
): void {
  let start = 0;
  for (const { index, rows } of parts) {
    if (rows === undefined) {
      give(index, result);
    } else {
      give(index, (result as readonly unknown[]).slice(start, start + rows));
      start += rows;
    }
  }
}

function emptyBatch(): Batch {
  return { ids: new Set(), rows: [], parts: [], last: undefined };
}

/** The predictions a call that can be merged is about; `undefined` for any other call. */
function predictionIdsOf(call: StoreCall): readonly string[] | undefined {
  if (call.store !== 'predictions') return undefined;
  if (call.method === 'append') return (call.args[0] as readonly RecordedPrediction[]).map(({ id }) => id);
  if (call.method === 'resolve') {
    return (call.args[0] as readonly OutcomeResolution[]).map(({ predictionId }) => predictionId);
  }
  return undefined;
}
