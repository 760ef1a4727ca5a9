import type { TrialLedger } from './trial-ledger.ts';

/** Who runs which trial of a study. */
export interface TrialClaims {
  /**
   * The next trial for this process: the lowest that nobody runs and that has not ended. Waits until all trials that
   * it sees have ended and are in the ledger.
   * @param plannedTrials - Only trials below.
   * @returns `undefined` when there is none left.
   */
  next(plannedTrials: number, signal: AbortSignal): Promise<number | undefined>;
  /** Gives back a trial that was not begun. */
  release(trialNumber: number): Promise<void>;
}

/** For a study that this process runs alone. */
export class LocalClaims implements TrialClaims {
  readonly #ledger: TrialLedger;
  #next = 0;

  constructor(ledger: TrialLedger) {
    this.#ledger = ledger;
  }

  async next(plannedTrials: number): Promise<number | undefined> {
    while (this.#ledger.ended(this.#next) !== undefined) this.#next++;
    const trialNumber = this.#next;
    if (trialNumber >= plannedTrials) return undefined;
    await this.#ledger.untilMaySee(trialNumber);
    this.#next = Math.max(this.#next, trialNumber + 1);
    return trialNumber;
  }

  async release(trialNumber: number): Promise<void> {
    this.#next = Math.min(this.#next, trialNumber);
  }
}
