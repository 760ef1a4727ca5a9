import type { JsonObject } from '@mlperf/core';

/** A version became the champion of its model name. Also in the outbox, under the event's name. */
export type ModelPromotedEvent = {
  readonly modelName: string;
  readonly versionId: string;
  /** 1, 2, 3 … per model name. */
  readonly version: number;
  /** The champion it replaced. */
  readonly previousVersionId?: string;
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
  readonly evidence?: JsonObject;
  /** Place in the promotion log. */
  readonly sequence: number;
};

/** An earlier version took its place back. */
export type ModelRolledBackEvent = ModelPromotedEvent & {
  /** Whether the version that was left may never be promoted again. */
  readonly barred: boolean;
};

/** What people decide about a slot has changed; this is how it stands now. Also in the outbox. */
export type SlotChangedEvent = {
  readonly modelName: string;
  readonly pinned: boolean;
  readonly suspended: boolean;
  readonly frozenUntil?: number;
  readonly freezeWindows?: readonly { readonly from: number; readonly to: number; readonly reason?: string }[];
  readonly shadowVersionId?: string;
  readonly at: number;
  readonly actor: string;
  readonly reason?: string;
};

export interface RegistryEvents {
  'model-promoted': ModelPromotedEvent;
  'model-rolled-back': ModelRolledBackEvent;
  'slot-changed': SlotChangedEvent;
}
