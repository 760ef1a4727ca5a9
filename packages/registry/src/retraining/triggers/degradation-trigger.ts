import type { EventSource, RetrainingTrigger } from '@mlperf/core';

/** What a retraining needs of a degradation verdict. */
export interface DegradationStanding {
  readonly degraded: boolean;
  /** One sentence for people. */
  readonly reason: string;
  /** Absent before a version is known. */
  readonly modelVersionId?: string;
  /** Of the rolling window. */
  readonly accuracy?: number;
  /** The lowest acceptable accuracy. */
  readonly floor: number;
  /** When the deciding outcome was observed, epoch milliseconds. */
  readonly degradedAt?: number;
}

export interface DegradationReport {
  readonly at: number;
  readonly modelVersionId: string;
  readonly verdict: DegradationStanding;
}

export interface DegradationReports {
  'model-degraded': DegradationReport;
}

/** Where degradation is heard of: a `PerformanceMonitor` is one. */
export interface DegradationSource extends EventSource<DegradationReports> {
  /** Asked too, when it is there: a restart repeats no event. */
  detectDegradation?(): DegradationStanding;
}

/** The trigger of a verdict about the champion; none for a healthy or another version. */
export function degradationTrigger(
  verdict: DegradationStanding | undefined,
  championVersionId: string,
  at: number,
): RetrainingTrigger | undefined {
  if (!verdict?.degraded || verdict.modelVersionId !== championVersionId) return undefined;
  return {
    triggerType: 'accuracy_drop',
    thresholdValue: verdict.floor,
    ...(verdict.accuracy === undefined ? {} : { currentValue: verdict.accuracy }),
    triggeredAt: at,
    reason: verdict.reason,
  };
}
