import { setTimeout as sleep } from 'node:timers/promises';
import { MlperfError, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { expect } from 'vitest';
import { everythingStored, writeLanes } from './everything-stored.ts';
import { LANES } from './lanes.ts';

const RETRY_MS = 20;

/** Writers that never give up, and what they met. */
export class WriteThrough {
  /** Messages of the failures met so far. */
  readonly failures: string[] = [];
  readonly #storage: PerformanceStorage;
  readonly #next: Record<string, number> = Object.fromEntries(LANES.map(({ name }) => [name, 0]));
  readonly #writers: Promise<void>;
  readonly #waiting = new Set<() => void>();
  #stopping = false;
  #broken: unknown;

  /** Starts writing all lanes at once; a write that is a `STORAGE_FAILURE` is repeated until it is stored. */
  constructor(storage: PerformanceStorage) {
    this.#storage = storage;
    this.#writers = Promise.all(LANES.map((lane) => this.#write(lane))).then(() => undefined);
    this.#writers.catch((error) => {
      this.#broken = error;
      this.#notify();
    });
  }

  get stored(): number {
    return Object.values(this.#next).reduce((sum, n) => sum + n, 0);
  }

  /** Resolves when so many more writes are stored. */
  more(count: number): Promise<void> {
    const wanted = this.stored + count;
    return this.#until(() => this.stored >= wanted);
  }

  /** Resolves when so many more writes have failed. */
  moreFailures(count: number): Promise<void> {
    const wanted = this.failures.length + count;
    return this.#until(() => this.failures.length >= wanted);
  }

  /** Ends the writers. What is stored then must be what a store holds that never failed. */
  async finish(): Promise<void> {
    this.#stopping = true;
    await this.#writers;
    const untouched = openMemoryStorage();
    await writeLanes(untouched, this.#next);
    expect(await everythingStored(this.#storage)).toEqual(await everythingStored(untouched));
  }

  async #write(lane: (typeof LANES)[number]): Promise<void> {
    for (let n = 0; !this.#stopping && this.#broken === undefined; n++) {
      while (!(await this.#attempt(() => lane.write(this.#storage, n)))) await sleep(RETRY_MS);
      this.#next[lane.name] = n + 1;
      this.#notify();
    }
  }

  /** Any other failure is not for a retry to mend: it breaks the test. */
  async #attempt(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (!MlperfError.is(error) || error.code !== 'STORAGE_FAILURE') throw error;
      this.failures.push(error.message);
      this.#notify();
      return false;
    }
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (this.#broken !== undefined) reject(this.#broken);
        else if (holds()) resolve();
        else return;
        this.#waiting.delete(check);
      };
      this.#waiting.add(check);
      check();
    });
  }

  #notify(): void {
    for (const check of this.#waiting) check();
  }
}
