import type { EventSource, RetrainingTrigger } from '@mlperf/core';

/** What a retraining needs of a report of data drift. */
export interface DriftReport {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly modelVersionId: string;
  /** The feature that decided. */
  readonly feature: string;
  /** What the detector measured, and what it had to reach. */
  readonly statistic: number;
  readonly threshold: number;
  /** `batch`: about one set of rows, which nothing takes back. */
  readonly detector: 'stream' | 'batch';
  /** Its sentence for people. */
  readonly verdict: { readonly reason: string };
}

export interface DriftReports {
  'drift-detected': DriftReport;
}

/** Where data drift is heard of: a `DataDriftMonitor` is one. */
export interface DriftSource extends EventSource<DriftReports> {
  /** The version whose features it watches. */
  readonly modelVersionId: string;
  /** Whether a feature of the stream has drifted and is not acknowledged. Asked too: a restart repeats no event. */
  readonly driftDetected: boolean;
  verdict(): { readonly reason: string };
}

/** The trigger of features that are no longer those the champion was trained on; none for another version's. */
export function driftTrigger(
  source: Pick<DriftSource, 'modelVersionId' | 'driftDetected' | 'verdict'>,
  heard: DriftReport | undefined,
  championVersionId: string,
  now: number,
): RetrainingTrigger | undefined {
  if (source.modelVersionId !== championVersionId) return undefined;
  const stands = source.driftDetected || heard?.detector === 'batch';
  if (!stands) return undefined;
  if (heard === undefined) return { triggerType: 'data_drift', triggeredAt: now, reason: source.verdict().reason };
  return {
    triggerType: 'data_drift',
    name: heard.feature,
    thresholdValue: heard.threshold,
    currentValue: heard.statistic,
    triggeredAt: heard.at,
    reason: heard.verdict.reason,
  };
}
