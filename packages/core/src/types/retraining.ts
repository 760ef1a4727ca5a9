import type { JsonObject } from './json.ts';

/** `time_based`: age, or a schedule. `custom`: a check of the host. */
export type RetrainingTriggerType =
  | 'accuracy_drop'
  | 'calibration_loss'
  | 'data_drift'
  | 'custom'
  | 'time_based'
  | 'manual';

/** A reason to retrain. */
export interface RetrainingTrigger {
  readonly triggerType: RetrainingTriggerType;
  /** Which check of the host, feature or schedule it is, where there may be several. */
  readonly name?: string;
  readonly thresholdValue?: number;
  readonly currentValue?: number;
  readonly triggeredAt: number;
  readonly reason: string;
}

/** requested → gathering → training → evaluating → promoted | rejected | failed. */
export type RetrainingStage =
  | 'requested'
  | 'gathering'
  | 'training'
  | 'evaluating'
  | 'promoted'
  | 'rejected'
  | 'failed';

/** One retraining, from request to verdict. */
export interface RetrainingLogEntry {
  readonly retrainingId: string;
  readonly modelName: string;
  readonly trigger: RetrainingTrigger;
  /** The stage reached. */
  readonly stage: RetrainingStage;
  /** The stage it was in when it failed. */
  readonly failedStage?: RetrainingStage;
  readonly oldVersionId?: string;
  readonly newVersionId?: string;
  readonly requestedAt: number;
  readonly updatedAt: number;
  readonly finishedAt?: number;
  /** From request to verdict. */
  readonly seconds?: number;
  /** True once promoted or rejected on evidence, false once failed, absent while under way. */
  readonly success?: boolean;
  /** The numbers the verdict rests on. */
  readonly evidence?: JsonObject;
  readonly error?: { readonly code: string; readonly message: string };
}
