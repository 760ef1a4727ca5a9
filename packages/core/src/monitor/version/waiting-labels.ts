import { SortedNumbers } from '../../numeric/sorted-numbers.ts';
import type { WaitingLabels } from '../report/label-coverage.ts';

/** The times of a live prediction that bear on its label. */
export interface LabelTimes {
  readonly predictedAt: number;
  /** When the outcome should be known; absent when nobody said. */
  readonly dueAt?: number;
}

/** The live predictions of a version that have no outcome yet: how old they are, and how many are overdue. */
export class WaitingLabelTimes {
  readonly #bound: number;
  readonly #predicted = new SortedNumbers();
  readonly #due = new SortedNumbers();

  /** @param bound - Predictions remembered; further ones are left out of the ages. */
  constructor(bound: number) {
    this.#bound = bound;
  }

  get isFull(): boolean {
    return this.#predicted.size >= this.#bound;
  }

  add({ predictedAt, dueAt }: LabelTimes): void {
    if (this.isFull) return;
    this.#predicted.add(predictedAt);
    if (dueAt !== undefined) this.#due.add(dueAt);
  }

  remove({ predictedAt, dueAt }: LabelTimes): void {
    if (this.#predicted.remove(predictedAt) && dueAt !== undefined) this.#due.remove(dueAt);
  }

  /** @returns `undefined` when none is waiting. @param now - Epoch milliseconds. @param graceMs - Allowed after `dueAt`. */
  at(now: number, graceMs: number): WaitingLabels | undefined {
    const oldest = this.#predicted.at(0);
    const median = this.#predicted.median;
    if (oldest === undefined || median === undefined) return undefined;
    return {
      expired: this.#due.countBelow(now - graceMs),
      // A clock that ran backwards makes nobody younger than new.
      oldestAgeMs: Math.max(0, now - oldest),
      medianAgeMs: Math.max(0, now - median),
    };
  }
}
