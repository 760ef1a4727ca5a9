import type { Durability, Fence } from '@mlperf/core';
import type { StoreCall } from '@mlperf/storage-sql';
import type { TransferredError } from './error-transfer.ts';
import type { PackedCall } from './packed-calls.ts';

/** What the worker is started with. */
export interface WorkerSettings {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly transactionTimeoutMs: number;
}

export type WorkerRequest =
  | { readonly kind: 'open' }
  /** With `transaction`: inside the transaction that a `begin` of that id has opened. */
  | { readonly kind: 'call'; readonly call: StoreCall | PackedCall; readonly transaction?: number }
  | { readonly kind: 'begin'; readonly now: number; readonly fence: Fence | undefined }
  | { readonly kind: 'commit' | 'rollback'; readonly transaction: number }
  | { readonly kind: 'migrate'; readonly now: number }
  | { readonly kind: 'close' };

/** The answer to `open`. */
export interface OpenedInfo {
  readonly durability: Durability;
  readonly multiProcess: boolean;
}

/** The messages: all requests, and all replies, of one turn of the event loop. */
export type RequestBatch = readonly { readonly id: number; readonly request: WorkerRequest }[];
export type ReplyBatch = readonly Reply[];
export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: TransferredError };
