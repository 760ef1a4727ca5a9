import {
  NotFoundError,
  type OutboxEvent,
  type OutboxStore,
  requireBatch,
  requireKey,
  requireOutboxEventDraft,
  requireOutboxQuery,
  requireOutboxRemoval,
  requireSequence,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';

/** All events are one list, ordered by sequence. */
const EVENTS = 'events';

export function createOutboxStore(tables: Tables, run: StoreRunner): OutboxStore {
  return {
    async append(events) {
      const drafts = requireBatch(events, 'outbox events', requireOutboxEventDraft);
      return run(() =>
        drafts.map((draft) => {
          const event: OutboxEvent = deepFreeze({ ...draft, sequence: newestEvent(tables) + 1 });
          tables.outboxEvents.push(EVENTS, event);
          tables.newestOutboxSequence.set(EVENTS, event.sequence);
          return event;
        }),
      );
    },

    async read(query) {
      const { consumer, after, limit } = requireOutboxQuery(query);
      return run(() => {
        const start = after ?? tables.outboxCursors.get(consumer) ?? 0;
        const events = tables.outboxEvents.get(EVENTS);
        const from = firstAfter(events, start);
        return events.slice(from, from + limit);
      });
    },

    async ack(consumer, sequence) {
      requireKey(consumer, 'consumer');
      requireSequence(sequence, 'sequence');
      return run(() => {
        const newest = newestEvent(tables);
        if (sequence > newest) {
          throw new NotFoundError(`event ${sequence} must be there to be acknowledged; the newest is ${newest}`);
        }
        const before = tables.outboxCursors.get(consumer);
        if (before === undefined || sequence > before) tables.outboxCursors.set(consumer, sequence);
      });
    },

    async removeDelivered(request) {
      const { before, limit } = requireOutboxRemoval(request);
      return run(() => {
        const cursors = [...tables.outboxCursors.values()];
        if (cursors.length === 0) return 0;
        const delivered = Math.min(...cursors);
        const leaving = tables.outboxEvents
          .get(EVENTS)
          .filter(({ sequence, at }) => sequence <= delivered && at < before)
          .slice(0, limit);
        const gone = new Set(leaving);
        if (gone.size > 0) tables.outboxEvents.keepOnly(EVENTS, (event) => !gone.has(event));
        return gone.size;
      });
    },

    async forget(consumer) {
      requireKey(consumer, 'consumer');
      return run(() => tables.outboxCursors.delete(consumer));
    },
  };
}

/** The sequence of the newest event, whether it is still there or not; 0 before the first. */
export function newestEvent(tables: Tables): number {
  return tables.newestOutboxSequence.get(EVENTS) ?? 0;
}

/** Where the first event after `sequence` stands. */
function firstAfter(events: readonly OutboxEvent[], sequence: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.sequence <= sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}
