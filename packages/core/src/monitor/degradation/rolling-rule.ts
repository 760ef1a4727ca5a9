import { InvalidInputError } from '../../errors.ts';
import type { JsonObject } from '../../types/json.ts';
import type { DegradationRule, RuleObservation, RuleStanding, RuleTransition } from './degradation-rule.ts';

/**
 * The plain rule: degraded while the accuracy of the last window is below the floor, once `minPredictions` outcomes
 * are in it; recovered as soon as it is not.
 *
 * @remarks It has no alarm budget: at a floor of 0.55 over 50 outcomes a healthy 60 % model is called degraded about
 * every 75 predictions. Use it where a fixed line is wanted; the e-detector is the default.
 */
export class RollingRule implements DegradationRule {
  readonly name = 'rolling';
  readonly floor: number;
  readonly minPredictions: number;
  #degraded = false;
  #accuracy: number | undefined;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor(options: { readonly floor: number; readonly minPredictions: number }) {
    if (!(options.floor > 0 && options.floor < 1)) {
      throw new InvalidInputError('OUT_OF_RANGE', `floor must lie strictly between 0 and 1; got ${options.floor}`);
    }
    this.floor = options.floor;
    this.minPredictions = options.minPredictions;
  }

  get degraded(): boolean {
    return this.#degraded;
  }

  update({ windowCount, windowCorrect }: RuleObservation): RuleTransition | undefined {
    if (windowCount < Math.max(1, this.minPredictions)) return undefined;
    this.#accuracy = windowCorrect / windowCount;
    const below = this.#accuracy < this.floor;
    if (below === this.#degraded) return undefined;
    this.#degraded = below;
    return { to: below ? 'degraded' : 'recovered', statistic: this.#accuracy, threshold: this.floor };
  }

  standing(): RuleStanding {
    const statistic = this.#accuracy === undefined ? {} : { statistic: this.#accuracy };
    const standing: RuleStanding = { degraded: this.#degraded, ...statistic, threshold: this.floor };
    return this.#degraded ? { ...standing, recovery: { ...statistic, threshold: this.floor } } : standing;
  }

  /** The rule knows what the accuracy is, not since when. */
  locateChange(): undefined {
    return undefined;
  }

  reset(): void {
    this.#degraded = false;
    this.#accuracy = undefined;
  }

  toJSON(): JsonObject {
    return {
      rule: this.name,
      floor: this.floor,
      minPredictions: this.minPredictions,
      degraded: this.#degraded,
      accuracy: this.#accuracy,
    };
  }

  restore(state: JsonObject): boolean {
    this.reset();
    if (state.rule !== this.name || state.floor !== this.floor || state.minPredictions !== this.minPredictions) {
      return false;
    }
    this.#degraded = state.degraded === true;
    this.#accuracy = typeof state.accuracy === 'number' ? state.accuracy : undefined;
    return true;
  }
}
