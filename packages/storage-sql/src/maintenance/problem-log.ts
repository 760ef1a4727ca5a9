import { MlperfError, type StorageCheck, type StorageProblem, type VerificationReport } from '@mlperf/core';

/** Collects what a verification finds: the first problems whole, the others by number. */
export class ProblemLog {
  readonly #maxProblems: number;
  readonly #signal: AbortSignal | undefined;
  readonly #problems: StorageProblem[] = [];
  #problemCount = 0;
  readonly #checked: Record<StorageCheck, number> = {
    database: 0,
    records: 0,
    rollups: 0,
    'outcome-sequences': 0,
    artifacts: 0,
    references: 0,
    outbox: 0,
  };

  constructor(maxProblems: number, signal?: AbortSignal) {
    this.#maxProblems = maxProblems;
    this.#signal = signal;
  }

  /** Counts things looked at. @throws `ABORTED` once the signal says so. */
  checked(check: StorageCheck, count = 1): void {
    if (this.#signal?.aborted === true) throw new MlperfError('ABORTED', 'the verification was aborted');
    this.#checked[check] += count;
  }

  add(check: StorageCheck, subject: string, message: string): void {
    this.#problemCount++;
    if (this.#problems.length < this.#maxProblems) this.#problems.push({ check, subject, message });
  }

  report(): VerificationReport {
    return { checked: { ...this.#checked }, problems: [...this.#problems], problemCount: this.#problemCount };
  }
}
