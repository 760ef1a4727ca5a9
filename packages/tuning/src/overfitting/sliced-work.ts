import { setImmediate } from 'node:timers/promises';

/** Numbers read in one slice: well below a millisecond, far below what a host that trades would notice. */
const SLICE = 100_000;

/** Work that may be left for a moment at each `yield`, which says how many numbers were read since the last. */
export type SlicedWork<T> = Generator<number, T, void>;

/** Does all of the work now. */
export function atOnce<T>(work: SlicedWork<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Does the work with a turn of the event loop after each slice: the same steps in the same order, the same numbers. */
export async function inSlices<T>(work: SlicedWork<T>): Promise<T> {
  let read = 0;
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    read += step.value;
    if (read < SLICE) continue;
    read = 0;
    await setImmediate();
  }
}
