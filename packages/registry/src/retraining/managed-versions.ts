import { type Clock, InvalidInputError, type ModelVersion, type PerformanceStorage } from '@mlperf/core';
import type { CompareOptions, ModelComparison } from '../comparison/compare-models.ts';
import type { ModelRegistry } from '../model-registry.ts';
import type { RegisterModelRequest } from '../versions/register-request.ts';
import type { ModelRolledBackEvent } from '../versions/registry-events.ts';
import { type CleanupReport, removeOldVersions } from '../versions/remove-old-versions.ts';
import { type RollbackReason, rollBackByHand } from './probation/roll-back-by-hand.ts';

/** Longer than any registration takes from its artifact to its version, or a trial to its record. */
const SWEPT_AFTER_MS = 86_400_000;
const MOST_SWEPT = 1_000;

/** Whose versions they are. */
export interface ManagedVersionsOptions {
  readonly registry: ModelRegistry;
  readonly storage: PerformanceStorage;
  readonly modelName: string;
}

/** What people do by hand with the versions of one model name. */
export abstract class ManagedVersions {
  readonly #options: ManagedVersionsOptions;
  readonly #clock: Clock;
  readonly #keepVersions: number;

  /** @param keepVersions - Default of {@link cleanupOldVersions}. */
  protected constructor(options: ManagedVersionsOptions, clock: Clock, keepVersions: number) {
    this.#options = options;
    this.#clock = clock;
    this.#keepVersions = keepVersions;
  }

  /** Stores a model the host has trained as the next version of this name, a candidate. @throws as `ModelRegistry.registerModel`. */
  versionModel(request: Omit<RegisterModelRequest, 'modelName'>): Promise<ModelVersion> {
    const { registry, modelName } = this.#options;
    return registry.registerModel({ trainedAt: this.#clock.now(), ...request, modelName });
  }

  /** Two versions side by side, and on the decisions that both predicted. @throws as `ModelRegistry.compareModels`. */
  compareModelVersions(a: string, b: string, options: CompareOptions = {}): Promise<ModelComparison> {
    return this.#options.registry.compareModels(a, b, options);
  }

  /**
   * Puts an earlier version back and bars the champion, in one transaction.
   * @param versionId - Default: the version the champion was promoted over, see `ModelRegistry.rollback`.
   * @throws as `ModelRegistry.rollback`.
   */
  rollbackModel(versionId?: string, about: RollbackReason = {}): Promise<ModelRolledBackEvent> {
    const { registry, modelName } = this.#options;
    return rollBackByHand(registry, modelName, versionId, about, this.#clock.now());
  }

  /**
   * Removes old versions of this name: all but the best `keepN` by validated accuracy, ties to the newest, and those
   * in use. Sweeps the storage besides: up to 1,000 artifacts, older than a day, that no version and no experiment refers to,
   * whoever left them there.
   * @param keepN - ≥ 1; default `config.keepVersions`. @param options.dryRun - Only say what would go.
   */
  async cleanupOldVersions(
    keepN: number = this.#keepVersions,
    options: { readonly dryRun?: boolean } = {},
  ): Promise<CleanupReport> {
    if (!Number.isInteger(keepN) || keepN < 1) {
      throw new InvalidInputError('OUT_OF_RANGE', `keepN must be a whole number of at least 1; got ${keepN}`);
    }
    const { storage, modelName } = this.#options;
    const { dryRun = false } = options;
    const report = await removeOldVersions(storage, modelName, keepN, dryRun);
    if (!dryRun) await storage.artifacts.removeOrphans({ olderThanMs: SWEPT_AFTER_MS, limit: MOST_SWEPT });
    return report;
  }
}
