import { requireRunning } from '../require-running.ts';

/** Sorted or merged between two looks at the signal: a few milliseconds each. */
const BLOCK = 32_768;

/**
 * Sorts in place, ascending, by blocks that are merged: an abort is seen between them, however many values there are.
 * @returns `values`.
 * @throws `ABORTED`.
 */
export function sortValues(values: Float64Array, signal: AbortSignal | undefined): Float64Array {
  for (let from = 0; from < values.length; from += BLOCK) {
    requireRunning(signal, 'preprocessing');
    values.subarray(from, from + BLOCK).sort();
  }
  let source = values;
  let target = values.length > BLOCK ? new Float64Array(values.length) : values;
  for (let width = BLOCK; width < values.length; width *= 2) {
    for (let from = 0; from < values.length; from += 2 * width) {
      mergeRuns(
        source,
        target,
        from,
        Math.min(from + width, values.length),
        Math.min(from + 2 * width, values.length),
        signal,
      );
    }
    [source, target] = [target, source];
  }
  if (source !== values) values.set(source);
  return values;
}

function mergeRuns(
  source: Float64Array,
  target: Float64Array,
  from: number,
  middle: number,
  to: number,
  signal: AbortSignal | undefined,
): void {
  let left = from;
  let right = middle;
  for (let at = from; at < to; at++) {
    if ((at - from) % BLOCK === 0) requireRunning(signal, 'preprocessing');
    if (right >= to || (left < middle && source[left]! <= source[right]!)) target[at] = source[left++]!;
    else target[at] = source[right++]!;
  }
}
