import { sameContent } from '../../records/canonical.ts';
import type { JsonObject, JsonValue } from '../../types/json.ts';
import { type ChangePosition, type DatedEvidence, locateChange } from './change-estimate.ts';
import type { DegradationRule, RuleObservation, RuleStanding, RuleTransition } from './degradation-rule.ts';
import {
  DEFAULT_ALTERNATIVES,
  EDetector,
  type EvidencePart,
  evidenceStream,
  type StreamEvidence,
} from './e-detector.ts';

export interface EDetectorRuleOptions {
  readonly floor: number;
  readonly falseAlarmEvery: number;
  /** Default 1. */
  readonly labelOverlap?: number;
  /** Default: hits alone. */
  readonly evidence?: readonly EvidencePart[];
}

interface Alarm {
  /** The statistic that reached the budget. */
  readonly statistic: number;
  readonly evidence: readonly StreamEvidence[];
  /** Watches for recovery in the stream that had brought the most evidence. */
  readonly recovery: EDetector;
}

const HITS_ALONE: readonly EvidencePart[] = [{ stream: 'hits', share: 1 }];

/**
 * The default rule: an {@link EDetector} watches for a model below what is acceptable; after its alarm a mirrored one
 * watches for a model above it, at the same budget, in the stream that had brought the most evidence. So a model that
 * is acceptable in every stream is called degraded by mistake at most once in `falseAlarmEvery` outcomes on average,
 * and one that is still unacceptable where it was found to be is called recovered no more often.
 */
export class EDetectorRule implements DegradationRule {
  readonly name = 'e-detector';
  readonly floor: number;
  readonly falseAlarmEvery: number;
  readonly labelOverlap: number;
  readonly #parts: readonly EvidencePart[];
  readonly #decay: EDetector;
  #alarm: Alarm | undefined;

  constructor(options: EDetectorRuleOptions) {
    const { floor, falseAlarmEvery, labelOverlap = 1, evidence = HITS_ALONE } = options;
    this.floor = floor;
    this.falseAlarmEvery = falseAlarmEvery;
    this.labelOverlap = labelOverlap;
    this.#parts = evidence;
    this.#decay = new EDetector({ floor, falseAlarmEvery, labelOverlap, evidence, side: 'below' });
  }

  get degraded(): boolean {
    return this.#alarm !== undefined;
  }

  update({ outcome }: RuleObservation): RuleTransition | undefined {
    const watching = this.#alarm?.recovery ?? this.#decay;
    const statistic = watching.update(outcome, outcome.segment);
    if (statistic === undefined) return undefined;
    const threshold = this.falseAlarmEvery;
    const evidence = watching.evidenceAtAlarm;
    if (this.#alarm !== undefined) {
      this.#alarm = undefined;
      // The labels to come overlap with those that led here: the next watch leaves them out.
      this.#decay.reset();
      return { to: 'recovered', statistic, threshold, evidence };
    }
    this.#alarm = { statistic, evidence, recovery: this.#recoveryFrom(evidence) };
    return { to: 'degraded', statistic, threshold, evidence };
  }

  standing(): RuleStanding {
    const threshold = this.falseAlarmEvery;
    if (this.#alarm === undefined) {
      const { statistic, evidence, unwatchedOutcomes } = this.#decay;
      return { degraded: false, statistic, threshold, evidence, ...(unwatchedOutcomes > 0 && { unwatchedOutcomes }) };
    }
    const { statistic, evidence, recovery } = this.#alarm;
    return {
      degraded: true,
      statistic,
      threshold,
      evidence,
      recovery: { statistic: recovery.statistic, threshold, evidence: recovery.evidence },
    };
  }

  locateChange(history: readonly DatedEvidence[]): ChangePosition | undefined {
    if (this.#alarm === undefined) return undefined;
    const { floor, labelOverlap } = this;
    const stream = evidenceStream(this.#strongest(this.#alarm.evidence), floor, 'below', DEFAULT_ALTERNATIVES);
    return locateChange(history, stream, labelOverlap);
  }

  reset(): void {
    this.#decay.reset();
    this.#alarm = undefined;
  }

  toJSON(): JsonObject {
    return {
      ...this.#question(),
      alarm: this.#alarm?.statistic,
      alarmEvidence: this.#alarm?.evidence.map((part) => ({ ...part })),
      // One of the two is at rest, and empty.
      detector: (this.#alarm?.recovery ?? this.#decay).toJSON(),
    };
  }

  restore(state: JsonObject): boolean {
    // Before labels could overlap none did, and before there were further streams hits were all.
    const { rule, floor, falseAlarmEvery, labelOverlap = 1, evidence = [{ stream: 'hits', share: 1 }] } = state;
    const asked = { rule, floor, falseAlarmEvery, labelOverlap, evidence };
    if (!sameContent(asked, this.#question())) {
      this.reset();
      return false;
    }
    if (typeof state.alarm !== 'number') {
      this.#decay.restore(state.detector);
      this.#alarm = undefined;
      return true;
    }
    const found = storedEvidence(state.alarmEvidence, state.alarm);
    const recovery = this.#recoveryFrom(found);
    recovery.restore(state.detector);
    this.#decay.reset();
    this.#alarm = { statistic: state.alarm, evidence: found, recovery };
    return true;
  }

  /** What the evidence of a stored state must have been collected for. */
  #question(): JsonObject {
    return {
      rule: this.name,
      floor: this.floor,
      falseAlarmEvery: this.falseAlarmEvery,
      labelOverlap: this.labelOverlap,
      evidence: this.#parts.map((part) => ({ ...part })),
    };
  }

  #strongest(evidence: readonly StreamEvidence[]): EvidencePart {
    const most = evidence.reduce((best, part) => (part.statistic > best.statistic ? part : best));
    return this.#parts.find(({ stream }) => stream === most.stream) ?? this.#parts[0]!;
  }

  #recoveryFrom(evidence: readonly StreamEvidence[]): EDetector {
    const { floor, falseAlarmEvery, labelOverlap } = this;
    const alone = [{ ...this.#strongest(evidence), share: 1 }];
    const recovery = new EDetector({ floor, falseAlarmEvery, labelOverlap, evidence: alone, side: 'above' });
    recovery.reset();
    return recovery;
  }
}

function storedEvidence(stored: JsonValue | undefined, statistic: number): readonly StreamEvidence[] {
  const found: StreamEvidence[] = [];
  for (const part of Array.isArray(stored) ? (stored as readonly JsonValue[]) : []) {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) continue;
    const { stream, share, statistic: own } = part as JsonObject;
    if (stream !== 'hits' && stream !== 'calibration' && stream !== 'net-return') continue;
    if (typeof share === 'number' && typeof own === 'number') found.push({ stream, share, statistic: own });
  }
  return found.length > 0 ? found : [{ stream: 'hits', share: 1, statistic }];
}
