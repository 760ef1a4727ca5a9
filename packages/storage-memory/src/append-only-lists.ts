import type { Journal } from './journal.ts';

/** Growing lists by key, whose appends the journal can take back. */
export class AppendOnlyLists<V> {
  readonly #lists = new Map<string, V[]>();
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get(key: string): readonly V[] {
    return this.#lists.get(key) ?? [];
  }

  push(key: string, value: V): void {
    const list = this.#lists.get(key);
    if (list === undefined) this.#lists.set(key, [value]);
    else list.push(value);
    this.#journal.note(() => this.#lists.get(key)!.pop());
  }

  /** Leaves out what is too old to keep: the one way a list gets shorter. */
  keepOnly(key: string, isKept: (value: V) => boolean): void {
    const before = this.#lists.get(key);
    if (before === undefined) return;
    this.#lists.set(key, before.filter(isKept));
    this.#journal.note(() => this.#lists.set(key, before));
  }
}
