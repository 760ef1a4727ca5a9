import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { InvalidInputError } from '../../errors.ts';
import type { JsonObject } from '../../types/json.ts';
import type { PerformanceWindow } from '../../types/performance.ts';
import type { DegradationRule, RuleTransition } from '../degradation/degradation-rule.ts';
import { EDetectorRule } from '../degradation/e-detector-rule.ts';
import { evidencePartsOf } from '../degradation/evidence-parts.ts';
import { RollingRule } from '../degradation/rolling-rule.ts';
import type { LabelCoverage } from '../report/label-coverage.ts';
import { accuracyFigures, windowMetrics } from '../report/performance-figures.ts';
import { OutcomeWindow, type WindowEntry } from '../window/outcome-window.ts';
import { emptyTally, noSkillAccuracyOfTally, type ObservedTally, tallyFrom } from './observed-tally.ts';
import {
  type ChangeEstimate,
  changeFrom,
  changeWith,
  estimateOf,
  evidenceOf,
  type StandingChange,
  standingChangeOf,
  storedChange,
} from './standing-change.ts';
import type { VersionProfile } from './version-profile.ts';
import { type LabelTimes, WaitingLabelTimes } from './waiting-labels.ts';

/** Outcomes kept in memory, so that other window sizes than the configured one can be asked for. */
const HISTORY = 1_000;

/** What one outcome brought about. */
export interface OutcomeEffects {
  /** The window this outcome completed; its `lastSequence` is known once stored. */
  readonly completed?: PerformanceWindow;
  readonly transition?: RuleTransition;
}

/** The live figures of one model version: window, degradation rule and counts. Memory only; no clock, no I/O. */
export class VersionMonitor {
  readonly profile: VersionProfile;
  readonly window: OutcomeWindow;
  readonly rule: DegradationRule;
  readonly #settings: PerformanceMonitoringConfig;
  #pending = 0;
  #waiting: WaitingLabelTimes;
  #outcomesSeen = 0;
  #sinceWindow = 0;
  /** Live outcomes and hits for the confidence sequence: since the version's first, or the last reset. */
  #sequenceOutcomes = 0;
  #sequenceHits = 0;
  /** Absent where an earlier release, which did not count them, saw the first outcomes. */
  #sequenceObserved: ObservedTally | undefined = emptyTally();
  /** `outcomesSeen` when the rule last started from nothing or changed its mind. */
  #watchedSince = 0;
  #change: StandingChange | undefined;
  /** Accuracy of the window when the last alarm was raised, and how many outcomes had been seen. */
  #alarmedAt: { readonly outcomesSeen: number; readonly observedAt: number } | undefined;

  constructor(profile: VersionProfile, settings: PerformanceMonitoringConfig) {
    this.profile = profile;
    this.#settings = settings;
    this.#waiting = new WaitingLabelTimes(settings.maxPendingPredictions);
    this.window = new OutcomeWindow(settings.windowSize, Math.max(settings.windowSize, HISTORY));
    this.rule =
      settings.rule === 'rolling'
        ? new RollingRule({ floor: profile.floor, minPredictions: settings.minPredictions })
        : new EDetectorRule({
            floor: profile.floor,
            falseAlarmEvery: settings.falseAlarmEvery,
            labelOverlap: settings.labelOverlap,
            evidence: evidencePartsOf(settings),
          });
  }

  get modelVersionId(): string {
    return this.profile.modelVersionId;
  }

  get aggregate(): OutcomeAggregate {
    return this.window.aggregate;
  }

  /** Live outcomes seen since the version's first, or since the last reset. */
  get outcomesSeen(): number {
    return this.#outcomesSeen;
  }

  /** @param now - Epoch milliseconds. */
  coverageAt(now: number): LabelCoverage {
    const resolved = this.#outcomesSeen;
    const predictions = resolved + this.#pending;
    const waiting = this.#waiting.at(now, this.#settings.outcomeGraceMs);
    return {
      predictions,
      resolved,
      ...(predictions > 0 && { share: resolved / predictions }),
      ...(waiting && { waiting }),
    };
  }

  /** The alarm that is still standing. */
  get alarmedAt(): { readonly outcomesSeen: number; readonly observedAt: number } | undefined {
    return this.#alarmedAt;
  }

  /** Outcomes and hits in arrival order since the version's first, or since the last reset; corrections do not count. */
  get arrived(): { readonly outcomes: number; readonly hits: number; readonly noSkillAccuracy?: number } {
    const noSkillAccuracy = this.#sequenceObserved && noSkillAccuracyOfTally(this.#sequenceObserved);
    return {
      outcomes: this.#sequenceOutcomes,
      hits: this.#sequenceHits,
      ...(noSkillAccuracy !== undefined && { noSkillAccuracy }),
    };
  }

  /** Since when the model is degraded; absent when it is not, or the rule cannot tell. */
  get changeEstimate(): ChangeEstimate | undefined {
    return this.#change && estimateOf(this.#change, this.#settings);
  }

  predictionMade(prediction: LabelTimes): void {
    this.#pending++;
    this.#waiting.add(prediction);
  }

  /** A prediction that was made has its outcome now: it waits no longer. */
  labelArrived(prediction: LabelTimes): void {
    this.#waiting.remove(prediction);
  }

  /** Takes up the predictions that wait for an outcome, as the store has them. */
  resumeWaiting(predictions: Iterable<LabelTimes>): void {
    this.#waiting = new WaitingLabelTimes(this.#settings.maxPendingPredictions);
    for (const prediction of predictions) this.#waiting.add(prediction);
  }

  outcomeArrived(entry: WindowEntry): OutcomeEffects {
    // A version whose first predictions are older than its first monitor has outcomes nobody waited for.
    this.#pending = Math.max(0, this.#pending - 1);
    this.#outcomesSeen++;
    this.#sinceWindow++;
    this.window.push(entry);
    const evidence = evidenceOf(entry);
    this.#sequenceOutcomes++;
    if (evidence.hit) this.#sequenceHits++;
    if (this.#sequenceObserved) this.#sequenceObserved[entry.observation.observed]++;
    this.#change &&= changeWith(this.#change, entry);
    const transition = this.rule.update({
      outcome: evidence,
      windowCount: this.aggregate.count,
      windowCorrect: this.aggregate.correct,
    });
    if (transition !== undefined) {
      this.#alarmedAt =
        transition.to === 'degraded' ? { outcomesSeen: this.#outcomesSeen, observedAt: entry.observedAt } : undefined;
      this.#change = transition.to === 'degraded' ? this.#locateChange() : undefined;
      this.#watchedSince = this.#outcomesSeen;
    }
    const completed = this.#sinceWindow >= this.window.size ? this.#completeWindow() : undefined;
    return { ...(completed && { completed }), ...(transition && { transition }) };
  }

  /** A corrected outcome takes the place of the first in the window. The degradation rule is left alone. */
  outcomeCorrected(entry: WindowEntry): void {
    this.window.replace(entry);
  }

  /** Starts window, rule and counts again. Predictions still waiting for their outcome stay counted. */
  reset(): void {
    this.window.clear();
    this.rule.reset();
    this.#outcomesSeen = 0;
    this.#sinceWindow = 0;
    this.#sequenceOutcomes = 0;
    this.#sequenceHits = 0;
    this.#sequenceObserved = emptyTally();
    this.#watchedSince = 0;
    this.#alarmedAt = undefined;
    this.#change = undefined;
  }

  /** All but the window, which is read back from the stored outcomes. */
  toJSON(): JsonObject {
    return {
      formatVersion: 2,
      pending: this.#pending,
      outcomesSeen: this.#outcomesSeen,
      sinceWindow: this.#sinceWindow,
      sequenceOutcomes: this.#sequenceOutcomes,
      sequenceHits: this.#sequenceHits,
      ...(this.#sequenceObserved && { sequenceObserved: { ...this.#sequenceObserved } }),
      watchedSince: this.#watchedSince,
      ...(this.#change && { change: storedChange(this.#change) }),
      ...(this.#alarmedAt && { alarmedAt: { ...this.#alarmedAt } }),
      rule: this.rule.toJSON(),
    };
  }

  /**
   * Takes up a stored state and the newest outcomes it has seen.
   * @param recent - Oldest first.
   * @throws {@link InvalidInputError} `INVALID_RECORD` for a state of an unknown format.
   */
  restore(state: JsonObject, recent: readonly WindowEntry[]): void {
    const { formatVersion, pending, outcomesSeen, sinceWindow, alarmedAt, rule } = state;
    if (
      (formatVersion !== 1 && formatVersion !== 2) ||
      typeof pending !== 'number' ||
      typeof outcomesSeen !== 'number' ||
      typeof sinceWindow !== 'number' ||
      !isObject(rule)
    ) {
      throw new InvalidInputError(
        'INVALID_RECORD',
        `monitor state of '${this.modelVersionId}' must have format version 1 or 2; got ${String(formatVersion)}`,
      );
    }
    this.window.clear();
    for (const entry of recent) this.window.push(entry);
    this.#pending = pending;
    this.#outcomesSeen = outcomesSeen;
    this.#sinceWindow = sinceWindow;
    // Format 1 knew no sequence: it starts with the first outcome after.
    this.#sequenceOutcomes = Number(state.sequenceOutcomes ?? 0);
    this.#sequenceHits = Number(state.sequenceHits ?? 0);
    this.#sequenceObserved = tallyFrom(state.sequenceObserved, this.#sequenceOutcomes);
    this.#watchedSince = Number(state.watchedSince ?? 0);
    this.#alarmedAt = undefined;
    this.#change = undefined;
    if (!this.rule.restore(rule)) {
      this.#watchedSince = outcomesSeen;
      return;
    }
    if (isObject(alarmedAt)) {
      this.#alarmedAt = { outcomesSeen: Number(alarmedAt.outcomesSeen), observedAt: Number(alarmedAt.observedAt) };
    }
    if (isObject(state.change)) this.#change = changeFrom(state.change);
  }

  /** For a version that was never monitored: the predictions that still wait for an outcome. */
  assumePending(count: number): void {
    this.#pending = count;
  }

  #locateChange(): StandingChange | undefined {
    const watched = this.window.entries(this.#outcomesSeen - this.#watchedSince);
    return standingChangeOf(this.rule, watched, this.#outcomesSeen);
  }

  #completeWindow(): PerformanceWindow {
    this.#sinceWindow = 0;
    const { aggregate, startTime = 0, endTime = 0 } = this.window.sums();
    const { accuracy, accuracyInterval, noSkillAccuracy } = accuracyFigures(
      aggregate,
      this.#settings,
      this.window.entries(aggregate.count),
    );
    return {
      modelVersionId: this.modelVersionId,
      windowSize: this.window.size,
      predictionsCount: aggregate.count,
      correctPredictions: aggregate.correct,
      ...(accuracy !== undefined && { accuracy }),
      ...(accuracyInterval && { accuracyInterval }),
      ...(noSkillAccuracy !== undefined && { noSkillAccuracy }),
      confidenceAvg: aggregate.confidenceSum / aggregate.count,
      startTime,
      endTime,
      metrics: windowMetrics(aggregate, this.#settings),
    };
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
