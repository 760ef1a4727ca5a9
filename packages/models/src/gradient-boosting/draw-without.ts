import type { RandomSource } from '@mlperf/core';

/**
 * Part of the numbers 0 to `count` − 1, ascending: round(share · count) of them, at least one if there is one, without replacement.
 * @param share - In (0, 1]; at 1 nothing is drawn.
 * @remarks O(count). Selection sampling (Knuth, TAOCP 2, algorithm 3.4.2 S).
 */
export function drawWithout(count: number, share: number, random: RandomSource): Int32Array {
  const size = share === 1 ? count : Math.min(count, Math.max(1, Math.round(share * count)));
  const drawn = new Int32Array(size);
  if (size === count) for (let i = 0; i < count; i++) drawn[i] = i;
  else {
    let taken = 0;
    for (let i = 0; taken < size; i++) if (random.next() * (count - i) < size - taken) drawn[taken++] = i;
  }
  return drawn;
}
