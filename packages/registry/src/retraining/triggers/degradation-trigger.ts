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
  /** Outcomes in the rolling window. */
  readonly windowCount?: number;
  /** When the deciding outcome was observed, epoch milliseconds. */
  readonly degradedAt?: number;
  /** When the change began, as the evidence has it. */
  readonly changeEstimate?: { readonly startedAt: number };
  /** Successive labels that overlap; absent: none do. */
  readonly labelOverlap?: number;
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

/**
 * The trigger of a verdict about the champion; none for a healthy or another version.
 *
 * `currentValue` is the accuracy of the rolling window when the verdict was given and `thresholdValue` the floor. The
 * window may lie above the floor again: a degraded model stays so until there is evidence of its recovery. The reason
 * says since when and what the window shows; the verdict's own sentence, which may be that of an alarm long ago, stands
 * behind it.
 * @param at - When the reason arose, epoch milliseconds.
 */
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
    reason: reasonOf(verdict),
  };
}

function reasonOf({ accuracy, windowCount, degradedAt, floor, reason }: DegradationStanding): string {
  if (accuracy === undefined || windowCount === undefined || degradedAt === undefined) return reason;
  const window = `accuracy of the last ${windowCount} outcomes is ${accuracy.toFixed(3)}, floor ${floor.toFixed(3)}`;
  return `degraded since ${timeText(degradedAt)}: ${window} (${reason})`;
}

/** The last moment a `Date` can hold. */
const LAST_DATE = 8_640_000_000_000_000;

/** A whole day as its date, any other time to the second. */
function timeText(at: number): string {
  if (Math.abs(at) > LAST_DATE) return String(at);
  const [date, time = ''] = new Date(at).toISOString().split('T');
  return time.startsWith('00:00:00') ? `${date}` : `${date}T${time.slice(0, 8)}Z`;
}
