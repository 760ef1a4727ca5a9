import {
  type OutboxEvent,
  type OutboxStore,
  requireBatch,
  requireKey,
  requireOutboxEventDraft,
  requireOutboxQuery,
  requireSequence,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';

/** All events are one list; an event's sequence is its place in it, from 1. */
const EVENTS = 'events';

export function createOutboxStore(tables: Tables, run: StoreRunner): OutboxStore {
  return {
    async append(events) {
      const drafts = requireBatch(events, 'outbox events', requireOutboxEventDraft);
      return run(() =>
        drafts.map((draft) => {
          const event: OutboxEvent = deepFreeze({ ...draft, sequence: tables.outboxEvents.get(EVENTS).length + 1 });
          tables.outboxEvents.push(EVENTS, event);
          return event;
        }),
      );
    },

    async read(query) {
      const { consumer, after, limit } = requireOutboxQuery(query);
      return run(() => {
        const start = after ?? tables.outboxCursors.get(consumer) ?? 0;
        return tables.outboxEvents.get(EVENTS).slice(start, start + limit);
      });
    },

    async ack(consumer, sequence) {
      requireKey(consumer, 'consumer');
      requireSequence(sequence, 'sequence');
      return run(() => {
        if (sequence > (tables.outboxCursors.get(consumer) ?? 0)) tables.outboxCursors.set(consumer, sequence);
      });
    },
  };
}
