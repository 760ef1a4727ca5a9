/** Lets one at a time through, in the order of arrival. */
export class Gate {
  #tail: Promise<void> = Promise.resolve();

  /** Waits for its turn, runs `work`, and lets the next one in when that settles. */
  async pass<T>(work: () => T | Promise<T>): Promise<T> {
    const before = this.#tail;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tail = promise;
    await before;
    try {
      return await work();
    } finally {
      resolve();
    }
  }
}
