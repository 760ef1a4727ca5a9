import type { OutboxEvent, OutboxEventDraft } from '../types/outbox-event.ts';

/** Events stored in the transaction of the change they report, read at least once by each consumer. */
export interface OutboxStore {
  append(events: readonly OutboxEventDraft[]): Promise<readonly OutboxEvent[]>;
  /** Events after the consumer's cursor (or after `after`), by sequence. `limit` 1 to 1,000. */
  read(query: {
    readonly consumer: string;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly OutboxEvent[]>;
  /** Moves the consumer's cursor forward to `sequence`; never backwards. */
  ack(consumer: string, sequence: number): Promise<void>;
}
