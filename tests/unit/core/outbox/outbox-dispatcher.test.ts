import {
  ManualClock,
  OutboxDispatcher,
  type OutboxDispatcherOptions,
  type OutboxEventDraft,
  type PerformanceStorage,
  StorageError,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it, onTestFinished } from 'vitest';

const START = 1_704_067_200_000;

function eventOf(n: number, modelName = 'm'): OutboxEventDraft {
  return { modelName, type: 'model-promoted', payload: { n }, at: START + n };
}

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
}

function openStore() {
  const clock = new ManualClock(START);
  return { clock, storage: openMemoryStorage({ clock }) };
}

function start(storage: PerformanceStorage, options: Partial<OutboxDispatcherOptions> = {}) {
  const delivered: unknown[] = [];
  const dispatcher = OutboxDispatcher.start({
    storage,
    consumer: 'pager',
    handle: ({ payload }) => void delivered.push(payload.n),
    ...options,
  });
  onTestFinished(() => dispatcher.stop());
  return { dispatcher, delivered };
}

/** A storage that tells nobody of new events, and fails as told. */
function deaf(storage: PerformanceStorage, fault: { failing: boolean } = { failing: false }): PerformanceStorage {
  return Object.create(storage, {
    onOutboxAppended: { value: () => () => undefined },
    clock: { value: storage.clock },
    leases: { value: storage.leases },
    outbox: {
      value: {
        ...storage.outbox,
        async read(query: never) {
          if (fault.failing) throw new StorageError('STORAGE_FAILURE', 'the disk is away');
          return storage.outbox.read(query);
        },
      },
    },
    transaction: { value: storage.transaction.bind(storage) },
  });
}

describe('OutboxDispatcher', () => {
  it('delivers what is there and what comes, in order, and is told of it without a poll', async () => {
    const { storage } = openStore();
    await storage.outbox.append([eventOf(1), eventOf(2, 'other')]);
    const { delivered } = start(storage, { batchSize: 1 });
    await settle();
    expect(delivered).toEqual([1, 2]);
    await storage.outbox.append([eventOf(3)]);
    await storage.transaction((tx) => tx.outbox.append([eventOf(4), eventOf(5)]));
    await settle();
    expect(delivered).toEqual([1, 2, 3, 4, 5]);
    expect(await storage.outbox.read({ consumer: 'pager', limit: 5 })).toEqual([]);
  });

  it('polls where nobody tells', async () => {
    const { storage, clock } = openStore();
    const { delivered } = start(deaf(storage), { pollEveryMs: 500 });
    await settle();
    await storage.outbox.append([eventOf(1)]);
    await settle();
    clock.advance(499);
    await settle();
    expect(delivered).toEqual([]);
    clock.advance(1);
    await settle();
    expect(delivered).toEqual([1]);
  });

  it('calls a handler that fails again, later each time, before anything that comes after', async () => {
    const { storage, clock } = openStore();
    await storage.outbox.append([eventOf(1), eventOf(2)]);
    const calls: string[] = [];
    const { dispatcher } = start(storage, {
      retryAfterMs: 100,
      maxRetryAfterMs: 250,
      leaseMs: 600_000,
      handle: async ({ payload }, { attempt }) => {
        calls.push(`${payload.n} try ${attempt}`);
        if (payload.n === 1 && attempt <= 4) throw new Error('no line');
      },
    });
    const waits: number[] = [];
    dispatcher.on('delivery-failed', ({ retryAfterMs }) => waits.push(retryAfterMs));
    for (const wait of [100, 200, 250, 250]) {
      await settle();
      const before = calls.length;
      clock.advance(wait - 1);
      await settle();
      expect(calls).toHaveLength(before);
      clock.advance(1);
    }
    await settle();
    expect(waits).toEqual([100, 200, 250, 250]);
    expect(calls).toEqual(['1 try 1', '1 try 2', '1 try 3', '1 try 4', '1 try 5', '2 try 1']);
  });

  it('of two for one consumer one works; the other takes over when it stops, and each event comes once', async () => {
    const { storage, clock } = openStore();
    const first = start(storage);
    await settle();
    const second = start(storage);
    await settle();
    await storage.outbox.append([eventOf(1)]);
    await settle();
    await first.dispatcher.stop();
    await storage.outbox.append([eventOf(2)]);
    clock.advance(1_000);
    await settle();
    expect([first.delivered, second.delivered]).toEqual([[1], [2]]);
  });

  it('consumers of other names get every event too', async () => {
    const { storage } = openStore();
    const [pager, audit] = [start(storage), start(storage, { consumer: 'audit' })];
    await storage.outbox.append([eventOf(1), eventOf(2)]);
    await settle();
    expect([pager.delivered, audit.delivered]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('an event under way when its process dies is delivered again by the next', async () => {
    const { storage, clock } = openStore();
    await storage.outbox.append([eventOf(1), eventOf(2)]);
    const started: unknown[] = [];
    // The first never comes back from its handler, and its timers stand still: as good as dead.
    OutboxDispatcher.start({
      storage,
      consumer: 'pager',
      clock: new ManualClock(START),
      handle: ({ payload }) => {
        started.push(payload.n);
        return new Promise(() => undefined);
      },
    });
    await settle();
    expect(started).toEqual([1]);
    const { delivered } = start(storage);
    await settle();
    clock.advance(29_999);
    await settle();
    expect(delivered).toEqual([]);
    clock.advance(1_000);
    await settle();
    expect(delivered).toEqual([1, 2]);
  });

  it('renews its lease while a handler takes its time', async () => {
    const { storage, clock } = openStore();
    const slow = Promise.withResolvers<void>();
    await storage.outbox.append([eventOf(1)]);
    const first = start(storage, { leaseMs: 3_000, handle: () => slow.promise });
    await settle();
    const second = start(storage, { leaseMs: 3_000 });
    for (let i = 0; i < 10; i++) {
      clock.advance(1_000);
      await settle();
    }
    expect(second.delivered).toEqual([]);
    const deliveries: number[] = [];
    first.dispatcher.on('event-delivered', ({ event }) => deliveries.push(event.sequence));
    slow.resolve();
    await settle();
    expect(deliveries).toEqual([1]);
  });

  it('one that was suspended past its lease neither acknowledges nor delivers the next event', async () => {
    const { storage, clock } = openStore();
    await storage.outbox.append([eventOf(1), eventOf(2)]);
    const own = new ManualClock(START);
    const hanging = Promise.withResolvers<void>();
    const calls: unknown[] = [];
    const aborted: boolean[] = [];
    const late = start(storage, {
      clock: own,
      leaseMs: 3_000,
      handle: async ({ payload }, { signal }) => {
        calls.push(payload.n);
        await hanging.promise;
        aborted.push(signal.aborted);
      },
    });
    const failures: unknown[] = [];
    late.dispatcher.on('storage-failed', ({ error }) => failures.push(error));
    await settle();
    clock.advance(3_000);
    const { delivered } = start(storage, { leaseMs: 3_000 });
    await settle();
    expect(delivered).toEqual([1, 2]);
    own.advance(2_000);
    await settle();
    hanging.resolve();
    await settle();
    expect(calls).toEqual([1]);
    expect(aborted).toEqual([true]);
    expect(failures).toMatchObject([{ code: 'FENCED' }]);
  });

  it('stops after the handler under way, whose event counts, and frees the lease', async () => {
    const { storage } = openStore();
    await storage.outbox.append([eventOf(1), eventOf(2)]);
    const under = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    const { dispatcher } = start(storage, {
      handle: (_event, { signal }) => {
        signals.push(signal);
        return under.promise;
      },
    });
    await settle();
    let stopped = false;
    const stopping = dispatcher.stop().then(() => {
      stopped = true;
    });
    await settle();
    expect([stopped, signals.map(({ aborted }) => aborted)]).toEqual([false, [true]]);
    under.resolve();
    await stopping;
    expect(await storage.outbox.read({ consumer: 'pager', limit: 5 })).toMatchObject([{ payload: { n: 2 } }]);
    expect(await storage.leases.get('outbox pager')).toBeUndefined();
    await dispatcher.stop();
  });

  it('does not wait out a retry when it is stopped', async () => {
    const { storage } = openStore();
    await storage.outbox.append([eventOf(1)]);
    const { dispatcher } = start(storage, {
      handle: () => {
        throw new Error('no line');
      },
    });
    await settle();
    await dispatcher.stop();
    expect(await storage.outbox.read({ consumer: 'pager', limit: 5 })).toHaveLength(1);
  });

  it('goes on when a storage that failed is back, and says so meanwhile', async () => {
    const { storage, clock } = openStore();
    const fault = { failing: true };
    const { dispatcher, delivered } = start(deaf(storage, fault), { retryAfterMs: 100 });
    const waits: number[] = [];
    dispatcher.on('storage-failed', ({ retryAfterMs }) => waits.push(retryAfterMs));
    await storage.outbox.append([eventOf(1)]);
    await settle();
    clock.advance(100);
    await settle();
    fault.failing = false;
    clock.advance(200);
    await settle();
    expect(waits).toEqual([100, 200]);
    expect(delivered).toEqual([1]);
  });

  it('ends by itself when its storage is closed', async () => {
    const { storage, clock } = openStore();
    const { dispatcher } = start(storage);
    await settle();
    await storage.close();
    clock.advance(1_000);
    await dispatcher.stopped;
  });

  it('holds back the removal of delivered events from its start on', async () => {
    const { storage } = openStore();
    await storage.outbox.append([eventOf(1)]);
    await storage.outbox.ack('other', 1);
    const { dispatcher } = start(storage, {
      handle: () => {
        throw new Error('no line');
      },
    });
    await settle();
    expect(await storage.outbox.removeDelivered({ before: START + 10 })).toBe(0);
    await dispatcher.stop();
  });

  it('refuses options that make no sense', () => {
    const { storage } = openStore();
    const handle = () => undefined;
    for (const bad of [{ pollEveryMs: 0 }, { leaseMs: 86_400_001 }, { retryAfterMs: 1.5 }, { batchSize: 1_001 }]) {
      expect(() => OutboxDispatcher.start({ storage, consumer: 'c', handle, ...bad })).toThrow(/whole number/);
    }
    for (const consumer of ['', 'a\u0000b', 'x'.repeat(510)]) {
      expect(() => OutboxDispatcher.start({ storage, consumer, handle })).toThrow(/consumer/);
    }
    expect(() => OutboxDispatcher.start({ storage, consumer: 'c', handle: 'log' as never })).toThrow(/function/);
  });
});
