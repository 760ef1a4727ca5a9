import type { DataDriftVerdict } from './data-drift-verdict.ts';
import type { StreamingDriftVerdict } from './streaming-drift-verdict.ts';

/** What every report of drift tells. */
export interface DriftDetected {
  /** When the deciding row was recorded, or the rows were checked; epoch milliseconds. */
  readonly at: number;
  readonly modelVersionId: string;
  readonly modelName?: string;
  /** The feature that decided; of several, the one with the largest effect. */
  readonly feature: string;
}

/** A feature of the stream has used up its alarm budget. Once per feature, until it is acknowledged. */
export interface StreamDriftDetected extends DriftDetected {
  readonly detector: 'stream';
  /** Evidence, and the threshold it reached. */
  readonly statistic: number;
  readonly threshold: number;
  /** False when the state could not be stored; a restart may then report the drift again. */
  readonly durable: boolean;
  readonly verdict: StreamingDriftVerdict;
}

/** A set of rows has drifted. */
export interface BatchDriftDetected extends DriftDetected {
  readonly detector: 'batch';
  /** Effect size of `feature` by the measure of the rule, and the smallest that matters. */
  readonly statistic: number;
  readonly threshold: number;
  readonly verdict: DataDriftVerdict;
}

export type DriftDetectedEvent = StreamDriftDetected | BatchDriftDetected;

/** What a `DataDriftMonitor` reports. */
export interface DataDriftEvents {
  'drift-detected': DriftDetectedEvent;
}
