import type { BenchmarkOptions, Report } from './harness/figure.ts';
import { reportVerdicts } from './tuning/verdict.ts';

export const name = 'tuning';

/** What a tuner promises beyond its samplers: part "verdict", that its suggestion is not fooled. */
export async function run(report: Report, options: BenchmarkOptions): Promise<void> {
  await reportVerdicts(report, options);
}
