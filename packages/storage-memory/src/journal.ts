/** Remembers how to take back each change since a point, newest first. */
export class Journal {
  readonly #undo: (() => void)[] = [];

  /** Notes the way back of a change just made. */
  note(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Runs `work`; if it throws, everything it changed is as before. */
  attempt<T>(work: () => T): T {
    const mark = this.#undo.length;
    try {
      return work();
    } catch (error) {
      this.rollBack(mark);
      throw error;
    }
  }

  /** Takes back every change since `mark`. */
  rollBack(mark = 0): void {
    while (this.#undo.length > mark) this.#undo.pop()!();
  }

  /** Makes the changes so far final. */
  commit(): void {
    this.#undo.length = 0;
  }
}
