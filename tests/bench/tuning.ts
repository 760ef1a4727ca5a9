import type { BenchmarkOptions, Report } from './harness/figure.ts';
import { reportOverhead } from './tuning/overhead.ts';
import { reportVerdicts } from './tuning/verdict.ts';
import { reportWallTime } from './tuning/wall-time.ts';

export const name = 'tuning';

/**
 * What a tuner promises beyond its samplers: that a whole search takes at most half of the time of Optuna over
 * scikit-learn (part "wall time"), that the engine itself costs little ("overhead"), and that the suggestion is not fooled
 * ("verdict"). The first two need a quiet machine.
 */
export async function run(report: Report, options: BenchmarkOptions): Promise<void> {
  await reportWallTime(report, options);
  await reportOverhead(report, options);
  await reportVerdicts(report, options);
}
