import type { JudgedOutcome } from '../../types/outcome.ts';
import type { RecordedPrediction } from '../../types/prediction.ts';

/** A prediction as memory knows it. */
export interface LedgerEntry {
  readonly prediction: RecordedPrediction;
  outcome: JudgedOutcome | undefined;
  /** Operations not yet durable that rest on this entry; it may not be forgotten before. */
  unstored: number;
}

/**
 * The predictions whose outcome may still come, by id and by decision. Memory of what the store knows better:
 * an entry may be forgotten at any time it rests on nothing unstored, and is then looked up.
 */
export class PredictionLedger {
  readonly #bound: number;
  readonly #entries = new Map<string, LedgerEntry>();
  readonly #decisions = new Map<string, LedgerEntry[]>();
  /** True once a decision known to the store may be missing here. */
  forgetful: boolean;

  /** @param bound - Entries kept. @param forgetful - Whether the store held predictions at the start. */
  constructor(bound: number, forgetful: boolean) {
    this.#bound = bound;
    this.forgetful = forgetful;
  }

  get(predictionId: string): LedgerEntry | undefined {
    return this.#entries.get(predictionId);
  }

  /** Every known prediction of a decision; empty when the decision is unknown. */
  decision(decisionId: string): readonly LedgerEntry[] {
    return this.#decisions.get(decisionId) ?? [];
  }

  /** Adds a prediction that is not known yet; one that is stays as it is. */
  add(entry: LedgerEntry): void {
    const { id, decisionId } = entry.prediction;
    if (this.#entries.has(id)) return;
    this.#entries.set(id, entry);
    const members = this.#decisions.get(decisionId);
    if (members === undefined) this.#decisions.set(decisionId, [entry]);
    else members.push(entry);
  }

  /** One operation resting on this entry became durable. A decision resolved and stored whole is of no more use. */
  settle(entry: LedgerEntry): void {
    entry.unstored--;
    const { id, decisionId } = entry.prediction;
    const members = this.decision(decisionId);
    if (members.length === 1 && members[0] === entry) {
      // Most decisions are one prediction: no copies for them.
      if (entry.unstored > 0 || entry.outcome === undefined) return;
      this.#entries.delete(id);
      this.#decisions.delete(decisionId);
      this.forgetful = true;
      return;
    }
    // A decision is known whole or not at all: with a part of it, who is its live prediction could not be told.
    if (!members.every(({ unstored, outcome }) => unstored === 0 && outcome !== undefined)) return;
    for (const member of [...members]) this.#remove(member);
    this.forgetful = true;
  }

  /** Forgets the oldest decisions beyond the bound. */
  trim(): void {
    if (this.#entries.size <= this.#bound) return;
    for (const entry of this.#entries.values()) {
      const members = this.decision(entry.prediction.decisionId);
      if (members.some(({ unstored }) => unstored > 0)) continue;
      for (const member of [...members]) this.#remove(member);
      this.forgetful = true;
      if (this.#entries.size <= this.#bound) return;
    }
  }

  #remove(entry: LedgerEntry): void {
    const { id, decisionId } = entry.prediction;
    this.#entries.delete(id);
    const left = this.decision(decisionId).filter((member) => member !== entry);
    if (left.length === 0) this.#decisions.delete(decisionId);
    else this.#decisions.set(decisionId, left);
  }
}
