import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { accuracyInterval } from '../../metrics/classification/accuracy-interval.ts';
import type { ProportionInterval } from '../../numeric/wilson-interval.ts';
import type { JsonObject, JsonValue } from '../../types/json.ts';
import type { DatedEvidence } from '../degradation/change-estimate.ts';
import type { DegradationRule } from '../degradation/degradation-rule.ts';
import { worthOfOverlapping } from '../report/performance-figures.ts';
import type { WindowEntry } from '../window/outcome-window.ts';
import { emptyTally, noSkillAccuracyOfTally, type ObservedTally, tallyFrom } from './observed-tally.ts';

/** Since when a model is degraded, as the alarm's evidence has it. */
export interface ChangeEstimate {
  /** Outcomes of the version before the change, all segments. */
  readonly startedAfter: number;
  /** When the first outcome after the change was observed, epoch milliseconds. */
  readonly startedAt: number;
  /** The segment whose evidence it is, where there are several. */
  readonly segment?: string;
  /** The same two figures for the ends of an interval that has nine tenths of the evidence. */
  readonly interval: {
    readonly startedAfter: readonly [earliest: number, latest: number];
    readonly startedAt: readonly [earliest: number, latest: number];
  };
  /** Outcomes (of the segment, if one is named) since the change, and the share of hits among them. */
  readonly outcomesSince: number;
  readonly accuracySince: number;
  /**
   * Wilson, at the configured confidence level, on outcomes / `labelOverlap`: as if the beginning had been known. It was
   * chosen for its misses, so the interval errs on the low side as `accuracySince` does.
   */
  readonly accuracySinceInterval: ProportionInterval;
  /** What always naming the more frequent direction since would have scored; absent for an alarm of an earlier release. */
  readonly noSkillAccuracySince?: number;
}

/** A change estimate as it is kept: hits are counted on while the alarm stands. */
export type StandingChange = Omit<
  ChangeEstimate,
  'accuracySince' | 'accuracySinceInterval' | 'noSkillAccuracySince'
> & { readonly hitsSince: number; readonly observedSince?: ObservedTally };

/** An outcome as the rules see it. */
export function evidenceOf({ segment, observation }: WindowEntry): DatedEvidence {
  const { predicted, observed, confidence, netReturn } = observation;
  const hit = predicted === observed;
  // Without a side there is no return: zeros would count as evidence of a poor one. No spread: this is a hot path.
  if (netReturn === undefined || predicted === 'flat') return { segment, hit, confidence };
  return { segment, hit, confidence, netReturn };
}

/**
 * The change behind the alarm that a rule has just raised.
 * @param entries - What the rule has seen since it last started, oldest first, as far as it is remembered.
 * @param outcomesSeen - Of the version, the last of `entries` included.
 */
export function standingChangeOf(
  rule: DegradationRule,
  entries: readonly WindowEntry[],
  outcomesSeen: number,
): StandingChange | undefined {
  const history = entries.map(evidenceOf);
  const position = rule.locateChange(history);
  if (position === undefined) return undefined;
  const { segment, start, earliest, latest } = position;
  const seenBefore = (at: number) => outcomesSeen - entries.length + at;
  const observedAt = (at: number) => entries[at]!.observedAt;
  const since = history.slice(start).filter((outcome) => outcome.segment === segment);
  const observedSince = emptyTally();
  for (const entry of entries.slice(start)) if (entry.segment === segment) observedSince[entry.observation.observed]++;
  return {
    startedAfter: seenBefore(start),
    startedAt: observedAt(start),
    ...(history.some((outcome) => outcome.segment !== segment) && { segment }),
    interval: {
      startedAfter: [seenBefore(earliest), seenBefore(latest)],
      startedAt: [observedAt(earliest), observedAt(latest)],
    },
    outcomesSince: since.length,
    hitsSince: since.filter(({ hit }) => hit).length,
    observedSince,
  };
}

/** The change with one more outcome counted, if it is of its segment. */
export function changeWith(change: StandingChange, entry: WindowEntry): StandingChange {
  if (change.segment !== undefined && change.segment !== entry.segment) return change;
  const { predicted, observed } = entry.observation;
  const { outcomesSince, hitsSince, observedSince: tally } = change;
  return {
    ...change,
    outcomesSince: outcomesSince + 1,
    hitsSince: hitsSince + (predicted === observed ? 1 : 0),
    ...(tally && { observedSince: { ...tally, [observed]: tally[observed] + 1 } }),
  };
}

export function estimateOf(
  { hitsSince, observedSince, ...change }: StandingChange,
  { confidenceLevel, labelOverlap }: Pick<PerformanceMonitoringConfig, 'confidenceLevel' | 'labelOverlap'>,
): ChangeEstimate {
  const effective = worthOfOverlapping(change.outcomesSince, labelOverlap);
  const noSkill = observedSince && noSkillAccuracyOfTally(observedSince);
  return {
    ...change,
    accuracySince: hitsSince / change.outcomesSince,
    accuracySinceInterval: accuracyInterval(hitsSince, change.outcomesSince, {
      confidenceLevel,
      ...(effective !== undefined && { effectiveSampleSize: effective }),
    }),
    ...(noSkill !== undefined && { noSkillAccuracySince: noSkill }),
  };
}

export function storedChange({ interval, observedSince, ...rest }: StandingChange): JsonObject {
  return {
    ...rest,
    ...(observedSince && { observedSince: { ...observedSince } }),
    intervalAfter: [...interval.startedAfter],
    intervalAt: [...interval.startedAt],
  };
}

export function changeFrom(state: JsonObject): StandingChange {
  const { startedAfter, startedAt, segment, outcomesSince, hitsSince, intervalAfter, intervalAt } = state;
  const observedSince = tallyFrom(state.observedSince, Number(outcomesSince));
  return {
    startedAfter: Number(startedAfter),
    startedAt: Number(startedAt),
    ...(typeof segment === 'string' && { segment }),
    interval: { startedAfter: pairFrom(intervalAfter), startedAt: pairFrom(intervalAt) },
    outcomesSince: Number(outcomesSince),
    hitsSince: Number(hitsSince),
    ...(observedSince && { observedSince }),
  };
}

function pairFrom(value: JsonValue | undefined): readonly [number, number] {
  const [low, high] = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return [Number(low), Number(high)];
}
