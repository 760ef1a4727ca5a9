import type { Journal } from './journal.ts';

/** Rows by key, whose changes the journal can take back. Rows are replaced whole, never modified. */
export class Table<V> {
  readonly #rows = new Map<string, V>();
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get(key: string): V | undefined {
    return this.#rows.get(key);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /** In no promised order. */
  values(): Iterable<V> {
    return this.#rows.values();
  }

  set(key: string, row: V): void {
    const before = this.#rows.get(key);
    const existed = this.#rows.has(key);
    this.#rows.set(key, row);
    this.#journal.note(() => {
      if (existed) this.#rows.set(key, before as V);
      else this.#rows.delete(key);
    });
  }

  delete(key: string): void {
    if (!this.#rows.has(key)) return;
    const before = this.#rows.get(key) as V;
    this.#rows.delete(key);
    this.#journal.note(() => this.#rows.set(key, before));
  }
}
