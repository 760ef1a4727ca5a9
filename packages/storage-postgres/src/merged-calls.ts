import type { OutcomeResolution, RecordedPrediction, RecordReceipt, RecordRequest } from '@mlperf/core';
import type { StoreCall } from '@mlperf/storage-sql';

/** Rows of one merged call: the most that a batch may have. */
const MAX_ROWS = 10_000;

/** One call in place of several. */
export interface MergedCall {
  readonly call: StoreCall;
  readonly parts: readonly CallPart[];
}

/** Which call it stands for, and how many rows of its result that call gets; all of it for a lone one. */
interface CallPart {
  readonly index: number;
  readonly rows: CallRows | undefined;
}

/** The rows of a call that can be merged. */
interface CallRows {
  readonly predictions: readonly RecordedPrediction[];
  readonly resolutions: readonly OutcomeResolution[];
}

/** Methods of the prediction store that can be merged, in the order in which a batch of all of them runs. */
const METHODS = ['append', 'resolve', 'record'] as const;
type Method = (typeof METHODS)[number];

/**
 * Puts `predictions.append` calls together, `resolve` calls and `record` calls, since a statement over a hundred rows
 * costs little more than one over a single row. Calls change places only when they concern different predictions, and
 * not both outcomes, so that each gives what it would have given alone.
 *
 * @returns calls to run in this order. If one fails, run the originals instead: the failure may be any one's.
 */
export function mergeCalls(calls: readonly StoreCall[]): readonly MergedCall[] {
  const merged: MergedCall[] = [];
  let batches = METHODS.map((method) => new Batch(method));
  const flush = () => {
    for (const batch of batches) if (batch.parts.length > 0) merged.push(batch.toCall());
    batches = METHODS.map((method) => new Batch(method));
  };
  calls.forEach((call, index) => {
    const method = call.store === 'predictions' ? (METHODS as readonly string[]).indexOf(call.method) : -1;
    if (method === -1) {
      flush();
      merged.push({ call, parts: [{ index, rows: undefined }] });
      return;
    }
    const rows = rowsOf(call);
    const ids = [...rows.predictions.map(({ id }) => id), ...rows.resolutions.map(({ predictionId }) => predictionId)];
    // What runs after this call's batch, or in it, must not concern its predictions yet.
    const clash = batches.slice(method).some((batch) => ids.some((id) => batch.ids.has(id)));
    // Outcomes are numbered in the order of their calls.
    const overtaken = rows.resolutions.length > 0 && batches.slice(method + 1).some((batch) => batch.hasOutcomes);
    if (clash || overtaken || batches[method]!.size + ids.length > MAX_ROWS) flush();
    batches[method]!.add(call, index, rows, ids);
  });
  flush();
  return merged;
}

/** Hands each original call its share of a merged call's result. */
export function shareResult(
  { call, parts }: MergedCall,
  result: unknown,
  give: (index: number, result: unknown) => void,
): void {
  let predictions = 0;
  let resolutions = 0;
  for (const { index, rows } of parts) {
    if (rows === undefined) {
      give(index, result);
      continue;
    }
    const nextPredictions = predictions + rows.predictions.length;
    const nextResolutions = resolutions + rows.resolutions.length;
    if (call.method === 'record') {
      const { added, resolved } = result as RecordReceipt;
      give(index, {
        added: added.slice(predictions, nextPredictions),
        resolved: resolved.slice(resolutions, nextResolutions),
      } satisfies RecordReceipt);
    } else {
      give(index, (result as readonly unknown[]).slice(predictions + resolutions, nextPredictions + nextResolutions));
    }
    predictions = nextPredictions;
    resolutions = nextResolutions;
  }
}

/** Calls of one method under way to become one. */
class Batch {
  readonly method: Method;
  readonly ids = new Set<string>();
  readonly parts: CallPart[] = [];
  readonly #predictions: RecordedPrediction[] = [];
  readonly #resolutions: OutcomeResolution[] = [];
  #now = 0;

  constructor(method: Method) {
    this.method = method;
  }

  get hasOutcomes(): boolean {
    return this.#resolutions.length > 0;
  }

  get size(): number {
    return this.#predictions.length + this.#resolutions.length;
  }

  add(call: StoreCall, index: number, rows: CallRows, ids: readonly string[]): void {
    for (const id of ids) this.ids.add(id);
    for (const prediction of rows.predictions) this.#predictions.push(prediction);
    for (const resolution of rows.resolutions) this.#resolutions.push(resolution);
    this.parts.push({ index, rows });
    this.#now = call.now;
  }

  toCall(): MergedCall {
    const predictions = this.#predictions;
    const resolutions = this.#resolutions;
    const args = { append: predictions, resolve: resolutions, record: { predictions, resolutions } };
    return {
      call: { store: 'predictions', method: this.method, args: [args[this.method]], now: this.#now },
      parts: this.parts,
    };
  }
}

function rowsOf({ method, args: [argument] }: StoreCall): CallRows {
  if (method === 'append') return { predictions: argument as readonly RecordedPrediction[], resolutions: [] };
  if (method === 'resolve') return { predictions: [], resolutions: argument as readonly OutcomeResolution[] };
  return argument as RecordRequest;
}
