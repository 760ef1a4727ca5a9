/** The evidence of one segment: one row of alternatives for each of the labels that overlap, used in turn. */
export interface Segment {
  readonly evidence: Float64Array;
  /** The row of the newest outcome; below 0 before the first that counts: −1 − outcomes still to be left out. */
  newest: number;
  /** What its rows come to, as {@link segmentValue} has it but for rounding. */
  value: number;
}

/** The alternatives of all streams together, in order, and how many labels overlap. */
export interface SegmentShape {
  readonly labelOverlap: number;
  readonly weights: readonly number[];
  readonly leastFactors: readonly number[];
}

/**
 * Weighted evidence of the alternatives in [from, to): the newest row as it is, all others as if their next outcome were
 * the least suspicious one, less 1. O(overlap × alternatives).
 */
export function segmentValue(
  { evidence, newest }: Pick<Segment, 'evidence' | 'newest'>,
  { labelOverlap, weights, leastFactors }: SegmentShape,
  from = 0,
  to = weights.length,
): number {
  if (labelOverlap > 1 && newest < 0) return 0;
  let value = 0;
  for (let row = 0; row < labelOverlap; row++) {
    const asItIs = labelOverlap === 1 || row === newest;
    for (let i = from; i < to; i++) {
      const own = evidence[row * weights.length + i]!;
      value += weights[i]! * (asItIs ? own : (1 + own) * leastFactors[i]! - 1);
    }
  }
  return value;
}

/** What a segment adds beyond the idle level; less than nothing when its value is. */
export function beyondIdle(value: number, idle: number): number {
  return value > idle ? value - idle : Math.min(0, value);
}
