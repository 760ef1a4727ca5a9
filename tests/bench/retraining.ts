import { loadavg } from 'node:os';
import type { BenchmarkOptions, Report } from './harness/figure.ts';
import { reportPolicies } from './retraining/compare-policies.ts';
import { reportHostResponsiveness } from './retraining/host-responsiveness.ts';
import { reportRollbacks } from './retraining/rollback-times.ts';
import { reportInProcess, reportOtherProcess } from './serving/promotion-times.ts';

export const name = 'retraining';

/**
 * What a retraining does to its host, how soon a promotion and a rollback take effect, and how good the policy is against
 * never retraining, retraining every day and retraining on every alarm.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  report({ name: 'load of the machine over the last minute', value: loadavg()[0] ?? 0, unit: 'processes' });
  await reportHostResponsiveness(report, quick);
  await reportInProcess(report, quick ? 10 : 200);
  await reportOtherProcess(report, quick ? 5 : 50);
  await reportRollbacks(report, quick ? 10 : 100);
  await reportPolicies(report, quick ? 3 : 100);
}
