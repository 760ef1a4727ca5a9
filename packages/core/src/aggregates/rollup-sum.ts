import type { OutcomeAggregateState } from '../types/outcome-aggregate-state.ts';
import { OutcomeAggregate } from './outcome-aggregate.ts';

/** What a roll-up of any span holds beside its key. */
export interface RollupParts {
  /** Predictions made, with or without an outcome. */
  readonly predictionsCount: number;
  /** Sums over those that have an outcome. */
  readonly outcomes: OutcomeAggregateState;
}

/** The sum of roll-ups of any spans that do not overlap: a roll-up of all of them. */
export class RollupSum {
  readonly aggregate = new OutcomeAggregate();
  #predictions = 0;

  get predictionsCount(): number {
    return this.#predictions;
  }

  /** @throws as {@link OutcomeAggregate.merge}. */
  add({ predictionsCount, outcomes }: RollupParts): void {
    this.aggregate.merge(outcomes);
    this.#predictions += predictionsCount;
  }

  toJSON(): RollupParts {
    return { predictionsCount: this.#predictions, outcomes: this.aggregate.toJSON() };
  }
}

/** One sum for each key given. Where a single roll-up makes a sum it is passed on as it is: the usual case, and half the cost. */
export class RollupSums<Key extends string | number> {
  readonly #sums = new Map<Key, RollupParts | RollupSum>();

  add(key: Key, { predictionsCount, outcomes }: RollupParts): void {
    const before = this.#sums.get(key);
    if (before === undefined) {
      this.#sums.set(key, { predictionsCount, outcomes });
      return;
    }
    const sum = before instanceof RollupSum ? before : new RollupSum();
    if (!(before instanceof RollupSum)) {
      sum.add(before);
      this.#sums.set(key, sum);
    }
    sum.add({ predictionsCount, outcomes });
  }

  /** In the order of `compare`. */
  sorted(compare: (a: Key, b: Key) => number): readonly (readonly [Key, RollupParts])[] {
    return [...this.#sums]
      .sort(([a], [b]) => compare(a, b))
      .map(([key, sum]) => [key, sum instanceof RollupSum ? sum.toJSON() : sum]);
  }
}
