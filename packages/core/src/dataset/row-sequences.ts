import { InvalidInputError } from '../errors.ts';
import type { Dataset, Matrix } from './dataset.ts';
import { lookBackWindows } from './look-back-windows.ts';

/** The feature rows a model needs to answer rows of a dataset, and which of its answers are theirs. */
export interface RowSequences {
  /** Consecutive rows of one series each; a model that looks back L rows answers rows − L of them. */
  readonly matrices: readonly Matrix[];
  /**
   * Puts the answers in the order of the dataset's rows.
   * @param predictions - One array per matrix, (its rows − lookBack) × columns.
   * @returns shape (dataset rows × columns).
   */
  gather(predictions: readonly ArrayLike<number>[], columns: number): Float64Array;
}

/**
 * Lays out what a model that looks back must be asked, so that every row of the dataset gets its answer.
 *
 * @param history - Rows of the same data set to look back on; see {@link lookBackWindows}.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` naming the first row without the rows before it; and as
 * {@link lookBackWindows}.
 * @remarks Without a look-back the features themselves, not copied; else each stretch of rows once.
 */
export function rowSequences(dataset: Dataset, lookBack: number, history?: Dataset): RowSequences {
  const rows = dataset.features.rows;
  if (lookBack === 0) {
    return {
      matrices: [dataset.features],
      gather: ([only], columns) => Float64Array.from(only!).subarray(0, rows * columns),
    };
  }
  const windows = lookBackWindows(dataset, lookBack, history);
  if (windows.rows.length < rows) {
    const missing = windows.rows.findIndex((row, i) => row !== i);
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `each row to predict must have the ${lookBack} rows before it in its series; row ${missing < 0 ? windows.rows.length : missing} has fewer`,
    );
  }
  const stretches = stretchesOf(windows.starts, lookBack);
  return {
    matrices: stretches.map(({ from, to }) =>
      gatherRows(windows.sequence.subarray(from, to + lookBack + 1), dataset, history),
    ),
    gather(predictions, columns) {
      const out = new Float64Array(rows * columns);
      stretches.forEach(({ from, wanted }, s) => {
        for (const row of wanted) {
          const answer = windows.starts[row]! - from;
          for (let c = 0; c < columns; c++) out[row * columns + c] = predictions[s]![answer * columns + c]!;
        }
      });
      return out;
    },
  };
}

/** Windows that share rows: their starts run from `from` to `to`. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly wanted: readonly number[];
}

function stretchesOf(starts: Int32Array, lookBack: number): readonly Stretch[] {
  const order = Int32Array.from({ length: starts.length }, (_, row) => row).sort((a, b) => starts[a]! - starts[b]!);
  const stretches: { from: number; to: number; wanted: number[] }[] = [];
  for (const row of order) {
    const start = starts[row]!;
    const last = stretches.at(-1);
    // Windows with a row in common lie in one unbroken run.
    if (last !== undefined && start <= last.to + lookBack) {
      last.to = start;
      last.wanted.push(row);
    } else stretches.push({ from: start, to: start, wanted: [row] });
  }
  return stretches;
}

function gatherRows(indices: Int32Array, dataset: Dataset, history: Dataset | undefined): Matrix {
  const { columns } = dataset.features;
  const historyRows = history?.features.rows ?? 0;
  const values = new Float64Array(indices.length * columns);
  indices.forEach((index, i) => {
    const own = index >= historyRows;
    const source = own ? dataset.features.values : history!.features.values;
    const from = (own ? index - historyRows : index) * columns;
    values.set(source.subarray(from, from + columns), i * columns);
  });
  return { values, rows: indices.length, columns };
}
