import {
  type Clock,
  MlperfError,
  type QueuedPoint,
  StorageError,
  type StorageStores,
  type TrainingExperiment,
  type TrialClaim,
} from '@mlperf/core';
import { SpaceWatch } from '../study/space-watch.ts';
import type { TrialClaims } from '../study/trial-claims.ts';
import type { TrialLedger } from '../study/trial-ledger.ts';
import { ClaimHeartbeat } from './claim-heartbeat.ts';

/** Trials and points of one read. */
const PAGE_LIMIT = 1_000;

/** How long a process that waits for another's trial sleeps before it looks again: more from look to look. */
const SHORTEST_SLEEP_MS = 20;
const LONGEST_SLEEP_MS = 500;
const GROWTH = 2;

export interface StoredClaimsOptions {
  readonly stores: Pick<StorageStores, 'studies' | 'trials'>;
  readonly clock: Clock;
  readonly studyId: string;
  readonly ledger: TrialLedger;
  /** Who claims, for people who look into the storage. */
  readonly owner: string;
  /** How long a claim outlives a process that is gone. */
  readonly ttlMs: number;
  /** Takes over how a trial ended that another process ran. */
  readonly adopt: (trialNumber: number, experiment: TrainingExperiment) => void;
  /** Takes over a point that the study was asked for. */
  readonly onQueued: (point: QueuedPoint) => void;
}

/**
 * The share of one process in a study that several may run: the storage says who runs which trial. Another process
 * that is gone loses its trials when their leases have run out. Reads of others' trials only what is new.
 */
export class StoredClaims implements TrialClaims {
  readonly #options: StoredClaimsOptions;
  readonly #held = new Map<number, TrialClaim>();
  /** Trials of this process that are stored and not yet in the ledger. */
  readonly #unnoted = new Set<number>();
  readonly #heartbeat: ClaimHeartbeat;
  readonly #watch: SpaceWatch;
  #lastQueued = -1;
  #ended = Promise.withResolvers<void>();
  #asking: Promise<unknown> | undefined;

  constructor(options: StoredClaimsOptions) {
    this.#options = options;
    const { clock, ttlMs, stores, studyId, ledger } = options;
    this.#watch = new SpaceWatch(stores, studyId, ledger.space);
    this.#heartbeat = new ClaimHeartbeat({
      clock,
      ttlMs,
      held: () => [...this.#held.values()],
      renew: (fences, ms) => stores.trials.renew(fences, ms),
    });
  }

  async next(plannedTrials: number, signal: AbortSignal): Promise<number | undefined> {
    if (plannedTrials < 1) return undefined;
    let sleepMs = SHORTEST_SLEEP_MS;
    for (;;) {
      signal.throwIfAborted();
      const ended = this.#ended.promise;
      const asking = this.#ask(plannedTrials, signal);
      this.#asking = asking.catch(() => undefined);
      const answer = await asking;
      if (answer === undefined || typeof answer === 'number') return answer;
      // Where every unfinished trial is this process's, nothing happens until one of them ends.
      await this.#untilChange(ended, answer.unfinished > this.#held.size ? sleepMs : Number.POSITIVE_INFINITY, signal);
      sleepMs = Math.min(LONGEST_SLEEP_MS, GROWTH * sleepMs);
    }
  }

  losses(trialNumber: number): number {
    return this.#held.get(trialNumber)?.losses ?? 0;
  }

  async finish(trialNumber: number, experiment: TrainingExperiment): Promise<boolean> {
    const claim = this.#held.get(trialNumber);
    // Given back, or found to be another's before.
    if (claim === undefined) return false;
    this.#unnoted.add(trialNumber);
    try {
      await this.#options.stores.trials.finish(experiment, claim);
    } catch (error) {
      this.#unnoted.delete(trialNumber);
      if (!MlperfError.is(error) || error.code !== 'FENCED') throw error;
      this.#let(trialNumber);
      return false;
    }
    this.#let(trialNumber);
    return true;
  }

  noted(trialNumber: number): void {
    this.#unnoted.delete(trialNumber);
    this.#wake();
  }

  async release(trialNumber: number): Promise<void> {
    const claim = this.#held.get(trialNumber);
    if (claim === undefined) return;
    this.#let(trialNumber);
    await this.#options.stores.trials.release(claim);
  }

  async untilEnded(trialNumber: number, signal: AbortSignal): Promise<TrainingExperiment> {
    let sleepMs = SHORTEST_SLEEP_MS;
    for (;;) {
      const known = this.#options.ledger.ended(trialNumber);
      if (known !== undefined) return known;
      const ended = this.#ended.promise;
      const isMine = this.#held.has(trialNumber) || this.#unnoted.has(trialNumber);
      if (!isMine) await this.#read(trialNumber, trialNumber);
      if (this.#options.ledger.ended(trialNumber) !== undefined) continue;
      await this.#untilChange(ended, isMine ? Number.POSITIVE_INFINITY : sleepMs, signal);
      sleepMs = Math.min(LONGEST_SLEEP_MS, GROWTH * sleepMs);
    }
  }

  async readQueue(): Promise<void> {
    const { stores, studyId, onQueued } = this.#options;
    for (;;) {
      const points = await stores.studies.queued({ studyId, from: this.#lastQueued + 1, limit: PAGE_LIMIT });
      for (const point of points) {
        onQueued(point);
        this.#lastQueued = point.trialNumber;
      }
      if (points.length < PAGE_LIMIT) return;
    }
  }

  async close(): Promise<void> {
    this.#heartbeat.stop();
    await this.#asking;
    // A lease that cannot be given back runs out by itself.
    await Promise.allSettled([...this.#held.keys()].map((trialNumber) => this.release(trialNumber)));
  }

  async #ask(
    plannedTrials: number,
    signal: AbortSignal,
  ): Promise<number | undefined | { readonly unfinished: number }> {
    const { stores, studyId, owner, ttlMs, ledger } = this.#options;
    const parallelism = ledger.lag;
    await this.#heartbeat.catchUp();
    const answer = await stores.trials.claim({ studyId, owner, ttlMs, parallelism, plannedTrials });
    if (answer.state === 'waiting') return answer;
    if (answer.state === 'ended') {
      await this.#watch.requireOwnSpace(plannedTrials);
      await this.#readWithoutGap(plannedTrials - 1, signal);
      return undefined;
    }
    const { trialNumber } = answer.claim;
    const isUnderWay = this.#held.has(trialNumber);
    this.#held.set(trialNumber, answer.claim);
    // It ran out here and came back: this process runs it already.
    if (isUnderWay) return this.#ask(plannedTrials, signal);
    this.#heartbeat.start();
    try {
      await this.#watch.requireOwnSpace(trialNumber + 1);
      if ((answer.lastQueued ?? -1) > this.#lastQueued) await this.readQueue();
      await this.#readWithoutGap(trialNumber - parallelism, signal);
      signal.throwIfAborted();
    } catch (error) {
      await this.release(trialNumber);
      throw error;
    }
    return trialNumber;
  }

  /** Has every trial up to `last` in the ledger. */
  async #readWithoutGap(last: number, signal: AbortSignal): Promise<void> {
    const { ledger, studyId } = this.#options;
    while (ledger.endedWithoutGap <= last) {
      const from = ledger.endedWithoutGap;
      const ended = this.#ended.promise;
      await this.#read(from, last);
      if (ledger.endedWithoutGap > from) continue;
      if (this.#unnoted.has(from)) await this.#untilChange(ended, Number.POSITIVE_INFINITY, signal);
      else {
        throw new StorageError('STORAGE_CORRUPT', `trial ${from} of study '${studyId}' must be stored; it is not`);
      }
    }
  }

  async #read(from: number, to: number): Promise<void> {
    const { stores, studyId, ledger, adopt } = this.#options;
    for (const experiment of await stores.trials.finished({ studyId, from, to, limit: PAGE_LIMIT })) {
      const trialNumber = experiment.trialNumber!;
      if (ledger.ended(trialNumber) === undefined && !this.#unnoted.has(trialNumber)) adopt(trialNumber, experiment);
    }
  }

  #let(trialNumber: number): void {
    this.#held.delete(trialNumber);
    this.#wake();
  }

  #wake(): void {
    this.#ended.resolve();
    this.#ended = Promise.withResolvers();
  }

  async #untilChange(ended: Promise<void>, sleepMs: number, signal: AbortSignal): Promise<void> {
    const wake = new AbortController();
    const sleeping = this.#options.clock.sleep(sleepMs, AbortSignal.any([signal, wake.signal]));
    try {
      await Promise.race([sleeping, ended]);
    } finally {
      wake.abort();
      sleeping.catch(() => undefined);
    }
    signal.throwIfAborted();
  }
}
