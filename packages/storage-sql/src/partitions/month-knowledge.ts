/**
 * What a connection has found out about the months, so that it need not look again. The adapter has it forgotten when a
 * transaction, or a part of one, is rolled back.
 */
export class MonthKnowledge {
  /** Months that have a partition, and the month after each has one too. */
  readonly kept = new Set<number>();
  /** When a month could not be made, epoch milliseconds: its rows wait in the default partition. */
  postponedAt = Number.NEGATIVE_INFINITY;
  #removal = '';
  readonly #examined = new Set<number>();

  /** Months that a removal could not drop. @param removal - What it lets go; those of another are forgotten. */
  examinedFor(removal: string): Set<number> {
    if (removal !== this.#removal) this.#examined.clear();
    this.#removal = removal;
    return this.#examined;
  }

  forget(): void {
    this.kept.clear();
    this.#examined.clear();
  }
}
