import {
  buildDriftReference,
  type Clock,
  DataDriftMonitor,
  type Dataset,
  type PerformanceStorage,
  type StreamingDriftOptions,
  saveDriftReference,
} from '@mlperf/core';
import type { RetrainingManager } from '../retraining-manager.ts';

/**
 * Watches the features of whatever version serves, against the rows that were known when it first served: those its
 * training was handed.
 */
export class ReplayDrift {
  readonly #storage: PerformanceStorage;
  readonly #manager: RetrainingManager;
  readonly #options: StreamingDriftOptions;
  readonly #clock: Clock;
  readonly #served = new Set<string>();
  #monitor: DataDriftMonitor | undefined;
  #unwatch = () => {};

  constructor(storage: PerformanceStorage, manager: RetrainingManager, options: StreamingDriftOptions, clock: Clock) {
    this.#storage = storage;
    this.#manager = manager;
    this.#options = options;
    this.#clock = clock;
  }

  /** Goes over to the version that serves now. @param known - Rows known by now. */
  async follow(modelVersionId: string | undefined, known: () => Dataset): Promise<void> {
    if (modelVersionId === this.#monitor?.modelVersionId) return;
    await this.close();
    if (modelVersionId === undefined) return;
    // A version that comes back is watched against the rows of its first time.
    if (!this.#served.has(modelVersionId)) {
      const key = { modelVersionId, createdAt: this.#clock.now() };
      await saveDriftReference(this.#storage, key, buildDriftReference(known()));
    }
    this.#served.add(modelVersionId);
    const watched = { storage: this.#storage, modelVersionId, clock: this.#clock };
    this.#monitor = await DataDriftMonitor.open({ ...watched, ...this.#options });
    this.#unwatch = this.#manager.watchDrift(this.#monitor);
  }

  /** Takes the features of a row; a value that is not a number is missing. */
  async record(features: ArrayLike<number>, featureNames: readonly string[]): Promise<void> {
    const known = featureNames.flatMap((name, i) => (Number.isNaN(features[i]) ? [] : [[name, features[i]!] as const]));
    await this.#monitor?.recordFeatures(Object.fromEntries(known));
  }

  async close(): Promise<void> {
    this.#unwatch();
    await this.#monitor?.close();
    this.#monitor = undefined;
  }
}
