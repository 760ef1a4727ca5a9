import type { OutboxEvent, OutboxEventDraft } from '../types/outbox-event.ts';

/** What {@link OutboxStore.removeDelivered} may remove. */
export interface OutboxRemovalRequest {
  /** Only events that say they happened before this, epoch milliseconds. */
  readonly before: number;
  /** At most this many, the oldest first: 1 to 10,000. Default 1,000. */
  readonly limit?: number;
}

/** Events stored in the transaction of the change they report, read at least once by each consumer. */
export interface OutboxStore {
  /**
   * Numbers events in the order of the commits, within a model name at least: whoever has read one has been shown, or
   * will be, every event of that name with a lower sequence before any with a higher.
   */
  append(events: readonly OutboxEventDraft[]): Promise<readonly OutboxEvent[]>;
  /** Events after the consumer's cursor (or after `after`), by sequence. `limit` 1 to 1,000. */
  read(query: {
    readonly consumer: string;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly OutboxEvent[]>;
  /**
   * Moves the consumer's cursor forward to `sequence`; never backwards. A consumer is known from its first one on; 0
   * makes it known and moves nothing.
   * @throws `NOT_FOUND` for a sequence above the newest event's: events to come would be passed over.
   */
  ack(consumer: string, sequence: number): Promise<void>;
  /**
   * Removes events that every known consumer has acknowledged; none while no consumer is known.
   * @returns how many were removed; call again while it is `limit`.
   */
  removeDelivered(request: OutboxRemovalRequest): Promise<number>;
  /** Drops a consumer's cursor, so that it holds nothing back. Should it come again, it reads all that is still there. */
  forget(consumer: string): Promise<void>;
}
