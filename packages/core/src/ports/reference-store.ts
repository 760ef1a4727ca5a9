import type { JsonObject } from '../types/json.ts';

/** A reference distribution that drift is measured against. */
export interface DriftReference {
  readonly modelVersionId: string;
  /** What it describes, such as `features`. */
  readonly name: string;
  readonly reference: JsonObject;
  readonly createdAt: number;
}

export interface ReferenceStore {
  get(modelVersionId: string, name: string): Promise<DriftReference | undefined>;
  /** The newest replaces the one before. */
  put(reference: DriftReference): Promise<void>;
}
