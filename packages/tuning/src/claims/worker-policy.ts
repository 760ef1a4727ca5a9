import { hostname } from 'node:os';
import { InvalidInputError } from '@mlperf/core';

/** One process among those that may run a study. */
export interface WorkerOptions {
  /** Who runs a trial, for people who look into the storage. Default: host name and process id. */
  readonly name?: string;
  /**
   * How long a trial of a process that is gone stays its own before another process takes it over, milliseconds in
   * [1,000, 86,400,000]. A fit that holds the thread for longer loses its trial to another process: give an executor.
   * Default 15,000.
   */
  readonly leaseMs?: number;
  /** A trial that has cost so many processes their lives is stored as failed. Whole, ≥ 1; default 3. */
  readonly maxLosses?: number;
}

export type WorkerPolicy = Required<WorkerOptions>;

const SHORTEST_LEASE_MS = 1_000;
const LONGEST_LEASE_MS = 86_400_000;

/** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function workerPolicyOf(options: WorkerOptions = {}): WorkerPolicy {
  const { name = `${hostname()}/${process.pid}`, leaseMs = 15_000, maxLosses = 3 } = options;
  if (name === '') throw new InvalidInputError('OUT_OF_RANGE', 'worker.name must have at least 1 character; got none');
  if (!(Number.isInteger(leaseMs) && leaseMs >= SHORTEST_LEASE_MS && leaseMs <= LONGEST_LEASE_MS)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `worker.leaseMs must be a whole number from ${SHORTEST_LEASE_MS} to ${LONGEST_LEASE_MS}; got ${leaseMs}`,
    );
  }
  if (!(Number.isSafeInteger(maxLosses) && maxLosses >= 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `worker.maxLosses must be a whole number ≥ 1; got ${maxLosses}`);
  }
  return { name, leaseMs, maxLosses };
}
