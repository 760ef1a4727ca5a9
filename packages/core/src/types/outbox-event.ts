import type { JsonObject } from './json.ts';

export interface OutboxEventDraft {
  readonly modelName: string;
  /** An event name, such as `model-promoted`. */
  readonly type: string;
  readonly payload: JsonObject;
  readonly at: number;
}

/** An event stored in the transaction of the change it reports. */
export interface OutboxEvent extends OutboxEventDraft {
  /** Strictly increasing; in commit order within a model name. */
  readonly sequence: number;
}
