import type { JsonObject } from '../../types/json.ts';
import type { DegradationRule, RuleObservation, RuleStanding, RuleTransition } from './degradation-rule.ts';
import { EDetector } from './e-detector.ts';

/**
 * The default rule: an {@link EDetector} watches for accuracy below the floor; after its alarm a mirrored one watches
 * for accuracy above it, at the same budget. So a model at or above its floor is called degraded by mistake at most
 * once in `falseAlarmEvery` outcomes on average, and a model at or below it is called recovered no more often.
 */
export class EDetectorRule implements DegradationRule {
  readonly name = 'e-detector';
  readonly floor: number;
  readonly falseAlarmEvery: number;
  readonly labelOverlap: number;
  readonly #decay: EDetector;
  readonly #recovery: EDetector;
  /** The statistic of the alarm while degraded. */
  #alarm: number | undefined;

  constructor(options: { readonly floor: number; readonly falseAlarmEvery: number; readonly labelOverlap?: number }) {
    this.floor = options.floor;
    this.falseAlarmEvery = options.falseAlarmEvery;
    this.labelOverlap = options.labelOverlap ?? 1;
    this.#decay = new EDetector({ ...options, side: 'below' });
    this.#recovery = new EDetector({ ...options, side: 'above' });
  }

  get degraded(): boolean {
    return this.#alarm !== undefined;
  }

  update({ hit, segment }: RuleObservation): RuleTransition | undefined {
    const watching = this.#alarm === undefined ? this.#decay : this.#recovery;
    const statistic = watching.update(hit, segment);
    if (statistic === undefined) return undefined;
    const to = this.#alarm === undefined ? 'degraded' : 'recovered';
    // The labels to come overlap with those that led here: the next watch leaves them out.
    (to === 'degraded' ? this.#recovery : this.#decay).reset();
    this.#alarm = to === 'degraded' ? statistic : undefined;
    return { to, statistic, threshold: this.falseAlarmEvery };
  }

  standing(): RuleStanding {
    const threshold = this.falseAlarmEvery;
    if (this.#alarm === undefined) return { degraded: false, statistic: this.#decay.statistic, threshold };
    return {
      degraded: true,
      statistic: this.#alarm,
      threshold,
      recovery: { statistic: this.#recovery.statistic, threshold },
    };
  }

  reset(): void {
    this.#decay.reset();
    this.#recovery.reset();
    this.#alarm = undefined;
  }

  toJSON(): JsonObject {
    return {
      rule: this.name,
      floor: this.floor,
      falseAlarmEvery: this.falseAlarmEvery,
      labelOverlap: this.labelOverlap,
      alarm: this.#alarm,
      // One of the two is at rest, and empty.
      detector: (this.#alarm === undefined ? this.#decay : this.#recovery).toJSON(),
    };
  }

  restore(state: JsonObject): boolean {
    this.reset();
    // A state stored before labels could overlap has no overlap.
    const { rule, floor, falseAlarmEvery, labelOverlap = 1 } = state;
    if (
      rule !== this.name ||
      floor !== this.floor ||
      falseAlarmEvery !== this.falseAlarmEvery ||
      labelOverlap !== this.labelOverlap
    ) {
      return false;
    }
    const alarm = typeof state.alarm === 'number' ? state.alarm : undefined;
    (alarm === undefined ? this.#decay : this.#recovery).restore(state.detector);
    this.#alarm = alarm;
    return true;
  }
}
