import type { JsonObject } from './json.ts';
import type { PerformanceWindow } from './performance.ts';

/** Informative: what is served is the slot's business. */
export type ModelStatus = 'training' | 'candidate' | 'active' | 'degraded' | 'archived' | 'failed';

/** Where a version's bytes are: content hash, size and format. */
export interface ArtifactDescriptor {
  /** SHA-256 of the bytes, 64 lower-case hex digits. */
  readonly sha256: string;
  readonly bytes: number;
  readonly format: string;
  readonly formatVersion: number;
}

/** What a caller supplies; the store assigns `version`. */
export interface ModelVersionDraft {
  readonly versionId: string;
  /** The slot a host serves from, such as `BTC-USD/1h/direction`. */
  readonly modelName: string;
  /** The family: `random-forest`, or the host's own. */
  readonly modelType: string;
  readonly artifact: ArtifactDescriptor;
  readonly hyperparameters: JsonObject;
  /** Out-of-sample figures by name; `accuracy` is the validated baseline a monitor may use as floor. */
  readonly trainingMetrics: Readonly<Record<string, number>>;
  readonly trainedAt: number;
  readonly status: ModelStatus;
  /** Hash of the training data. */
  readonly dataVersion: string;
  readonly featureNames: readonly string[];
  readonly metadata: JsonObject;
}

/** One immutable trained model of a model name, as stored. Only `status`, `tags` and `notes` change. */
export interface StoredModelVersion extends ModelVersionDraft {
  /** 1, 2, 3 … per model name, never reused. */
  readonly version: number;
  /** What people call it, by key; absent without any. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What people say of it; absent without any. */
  readonly notes?: string;
}

/** What changes of a version's tags and notes. `undefined` leaves a part, `null` removes it. */
export interface AnnotationPatch {
  /** By key; tags not named stay. At most 100 on one version, each value at most 5,000 characters. */
  readonly tags?: Readonly<Record<string, string | null>>;
  /** At most 100,000 characters. */
  readonly notes?: string | null;
}

/** A stored version with its performance, derived from the stored windows, newest first. */
export interface ModelVersion extends StoredModelVersion {
  readonly performanceHistory: readonly PerformanceWindow[];
}

/** The watch after a promotion. */
export interface Probation {
  readonly versionId: string;
  readonly startedAt: number;
  readonly endsAt?: number;
}

/** A span of time without automatic promotions, such as the hours around an announcement. */
export interface FreezeWindow {
  /** Epoch milliseconds. */
  readonly from: number;
  /** Exclusive, after `from`. */
  readonly to: number;
  readonly reason?: string;
}

/** One row per model name: what it serves. Promotion is a compare-and-set on it. */
export interface ModelSlot {
  readonly modelName: string;
  readonly championVersionId?: string;
  readonly previousVersionId?: string;
  readonly shadowVersionId?: string;
  /** No automatic promotion while true. */
  readonly pinned: boolean;
  /** No automatic promotion before this time, epoch milliseconds. */
  readonly frozenUntil?: number;
  /** No automatic promotion within any of them; as they were given, never empty. */
  readonly freezeWindows?: readonly FreezeWindow[];
  /** No predictions while true. */
  readonly suspended: boolean;
  readonly probation?: Probation;
  /** The number the next registered version gets. */
  readonly nextVersion: number;
}

/** One line of the append-only promotion log. */
export interface PromotionRecord {
  /** Strictly increasing within a model name. */
  readonly sequence: number;
  readonly modelName: string;
  readonly kind: 'promotion' | 'rollback';
  readonly versionId: string;
  /** The champion it replaced. */
  readonly previousVersionId?: string;
  readonly at: number;
  /** Who or what decided: a person's name, or `retraining`. */
  readonly actor: string;
  readonly reason: string;
  /** The numbers the decision rests on. */
  readonly evidence?: JsonObject;
}

/** A version that may not be promoted again, and why. */
export interface BarredVersion {
  readonly versionId: string;
  readonly modelName: string;
  readonly reason: string;
  readonly at: number;
}
