import type { MessagePort } from 'node:worker_threads';
import type { FitRequest, FitResult, PredictRequest, PredictResult } from '@mlperf/core';
import type { ErrorRecord } from './error-record.ts';

export type WorkerWork =
  | { readonly kind: 'fit'; readonly request: FitRequest }
  | { readonly kind: 'predict'; readonly request: PredictRequest };

/** What a worker thread is started with. */
export interface ThreadData {
  /** For the `prepare` of the families' module; absent when there is nothing to prepare with. */
  readonly familiesData?: unknown;
}

/** What a worker thread gets with each request: everything but the code. */
export interface WorkerTask {
  readonly work: WorkerWork;
  /** Where the thread imports `families` from. */
  readonly familiesModule: string;
  /** One shared cell: 1 when the work must end. Read even by a synchronous loop. */
  readonly stopFlag: Int32Array;
  readonly port: MessagePort;
  /** Whether anybody answers reports. */
  readonly answersReports: boolean;
}

export type WorkerReply =
  | { readonly ok: true; readonly result: FitResult | PredictResult }
  | { readonly ok: false; readonly error: ErrorRecord };

/** From the thread while it works. */
export type WorkerMessage =
  | { readonly type: 'started' }
  | { readonly type: 'progress'; readonly fraction: number }
  | { readonly type: 'report'; readonly id: number; readonly step: number; readonly value: number };

/** To the thread while it works. */
export type HostMessage =
  | { readonly type: 'decision'; readonly id: number; readonly decision: 'continue' | 'stop' }
  | { readonly type: 'stop' };
