import type { JsonObject } from '../types/json.ts';

/** What a monitor needs beside the stored outcomes to go on as if it had never stopped. */
export interface MonitorStateRecord {
  readonly modelVersionId: string;
  /** The last outcome `state` has seen; later ones are replayed on restore. */
  readonly sequence: number;
  readonly state: JsonObject;
  readonly updatedAt: number;
}

/** One state per model version; the newest replaces the one before. */
export interface MonitorStateStore {
  get(modelVersionId: string): Promise<MonitorStateRecord | undefined>;
  put(record: MonitorStateRecord): Promise<void>;
}
