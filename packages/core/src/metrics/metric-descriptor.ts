import type { OptimizationDirection } from '../types/experiment.ts';

/** What a reader, a chart or an optimizer must know of a metric to use its values. */
export interface MetricDescriptor<Name extends string = string> {
  /** The name the tables use, such as `f1_score`. */
  readonly name: Name;
  readonly direction: OptimizationDirection;
  /** Such as `fraction`, or `1` for a pure number. */
  readonly unit: string;
  /** Least and largest possible value; an infinite end is ±Infinity. */
  readonly range: readonly [number, number];
}
