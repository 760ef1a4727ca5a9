import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { START, sampleEvent, samplePrediction } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

export const outboxChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'events come back as appended, in order, with rising sequences',
    async run({ storage: { outbox } }) {
      const first = await outbox.append([sampleEvent(), sampleEvent({ type: 'model-rolled-back', at: START - 1 })]);
      const second = await outbox.append([sampleEvent({ modelName: 'other', payload: {} })]);
      const events = [...first, ...second];
      assert.deepEqual(
        events.map(({ type }) => type),
        ['model-promoted', 'model-rolled-back', 'model-promoted'],
      );
      for (let i = 1; i < 3; i++) assert.ok(events[i]!.sequence > events[i - 1]!.sequence);
      const { sequence: _given, ...draft } = first[0]!;
      assert.deepEqual(draft, sampleEvent());
      assert.deepEqual(await outbox.read({ consumer: 'c', limit: 10 }), events);
      assert.deepEqual(await outbox.append([]), []);
    },
  },
  {
    name: 'what is not acknowledged is read again; each consumer has a cursor of its own',
    async run({ storage: { outbox } }) {
      const events = await outbox.append([1, 2, 3, 4].map((n) => sampleEvent({ payload: { n } })));
      const read = (consumer: string, limit = 10) => outbox.read({ consumer, limit });
      assert.deepEqual(await read('a', 2), events.slice(0, 2));
      assert.deepEqual(await read('a', 2), events.slice(0, 2));
      await outbox.ack('a', events[1]!.sequence);
      assert.deepEqual(await read('a'), events.slice(2));
      assert.deepEqual(await read('b'), events);
      await outbox.ack('a', events[0]!.sequence);
      assert.deepEqual(await read('a'), events.slice(2), 'a cursor never moves backwards');
      await outbox.ack('a', events[3]!.sequence);
      assert.deepEqual(await read('a'), []);
      const later = await outbox.append([sampleEvent({ payload: { n: 5 } })]);
      assert.deepEqual(await read('a'), later);
    },
  },
  {
    name: 'a read may start after any sequence and moves no cursor',
    async run({ storage: { outbox } }) {
      const events = await outbox.append([1, 2, 3].map((n) => sampleEvent({ payload: { n } })));
      await outbox.ack('a', events[2]!.sequence);
      assert.deepEqual(await outbox.read({ consumer: 'a', after: 0, limit: 10 }), events);
      assert.deepEqual(await outbox.read({ consumer: 'a', after: events[0]!.sequence, limit: 1 }), [events[1]]);
      assert.deepEqual(await outbox.read({ consumer: 'a', limit: 10 }), []);
    },
  },
  {
    name: 'an event commits and vanishes with the change it reports',
    async run({ storage }) {
      const broken = storage.transaction(async (tx) => {
        await tx.predictions.append([samplePrediction('p')]);
        await tx.outbox.append([sampleEvent()]);
        throw new Error('stop');
      });
      await assert.rejects(broken, /stop/);
      assert.deepEqual(await storage.outbox.read({ consumer: 'c', limit: 5 }), []);
      await storage.transaction(async (tx) => {
        await tx.outbox.append([sampleEvent()]);
        await tx.predictions.append([samplePrediction('p')]);
      });
      assert.equal((await storage.outbox.read({ consumer: 'c', limit: 5 })).length, 1);
    },
  },
  {
    name: 'events appended at once are all there, in an order every reader sees',
    async run({ storage: { outbox } }) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => outbox.append([sampleEvent({ payload: { n } })])));
      const events = await outbox.read({ consumer: 'a', limit: 100 });
      assert.equal(new Set(events.map(({ payload }) => payload.n)).size, 20);
      const sequences = events.map(({ sequence }) => sequence);
      assert.deepEqual(
        sequences,
        [...new Set(sequences)].sort((a, b) => a - b),
      );
      assert.deepEqual(await outbox.read({ consumer: 'b', limit: 100 }), events);
    },
  },
  {
    name: 'an event that is not there cannot be acknowledged: those to come would be passed over',
    async run({ storage: { outbox } }) {
      await expectRefusal(outbox.ack('c', 1), 'NOT_FOUND');
      const [event] = await outbox.append([sampleEvent()]);
      await expectRefusal(outbox.ack('c', event!.sequence + 1), 'NOT_FOUND');
      await expectRefusal(outbox.ack('c', Number.MAX_SAFE_INTEGER), 'NOT_FOUND');
      assert.deepEqual(await outbox.read({ consumer: 'c', limit: 5 }), [event]);
      await outbox.ack('c', event!.sequence);
      assert.deepEqual(await outbox.read({ consumer: 'c', limit: 5 }), []);
    },
  },
  {
    name: 'delivered events are removed once every known consumer has acknowledged them, oldest first',
    async run({ storage: { outbox } }) {
      const events = await outbox.append([1, 2, 3, 4, 5].map((n) => sampleEvent({ payload: { n }, at: START + n })));
      const late = { before: START + 100 };
      assert.equal(await outbox.removeDelivered(late), 0, 'nothing goes before a consumer is known');
      await outbox.ack('slow', 0);
      await outbox.ack('quick', events[4]!.sequence);
      assert.equal(await outbox.removeDelivered(late), 0, 'what one consumer has yet to see stays');
      await outbox.ack('slow', events[3]!.sequence);
      assert.equal(await outbox.removeDelivered({ before: START + 3 }), 2, 'what is not old enough stays');
      assert.equal(await outbox.removeDelivered({ ...late, limit: 1 }), 1);
      assert.deepEqual(await outbox.read({ consumer: 'new', limit: 10 }), events.slice(3));
      assert.deepEqual(await outbox.read({ consumer: 'slow', limit: 10 }), events.slice(4));
      await outbox.forget('slow');
      assert.equal(await outbox.removeDelivered(late), 2, 'a forgotten consumer holds nothing back');
      const [next] = await outbox.append([sampleEvent()]);
      assert.ok(next!.sequence > events[4]!.sequence, 'the number of a removed event is not given again');
      assert.deepEqual(await outbox.read({ consumer: 'quick', limit: 10 }), [next]);
      assert.deepEqual(await outbox.read({ consumer: 'slow', limit: 10 }), [next]);
      await outbox.forget('never seen');
    },
  },
  {
    name: 'a removal of delivered events that is rolled back leaves them, and refuses what is no time or limit',
    async run({ storage }) {
      const events = await storage.outbox.append([sampleEvent(), sampleEvent()]);
      await storage.outbox.ack('c', events[1]!.sequence);
      const broken = storage.transaction(async (tx) => {
        assert.equal(await tx.outbox.removeDelivered({ before: START + 1 }), 2);
        await tx.outbox.forget('c');
        throw new Error('stop');
      });
      await assert.rejects(broken, /stop/);
      assert.deepEqual(await storage.outbox.read({ consumer: 'other', limit: 5 }), events);
      assert.deepEqual(await storage.outbox.read({ consumer: 'c', limit: 5 }), []);
      for (const bad of [
        { before: -1 },
        { before: 1.5 },
        { limit: 0 },
        { limit: 1.5 },
        { limit: 10_001 },
        { age: 1 },
      ]) {
        await expectRefusal(storage.outbox.removeDelivered({ before: START, ...bad }), 'INVALID_QUERY');
      }
      for (const consumer of ['', 'a\u0000b', 7]) {
        await expectRefusal(storage.outbox.forget(consumer as never), 'INVALID_QUERY');
      }
    },
  },
  {
    name: 'whoever asked is told of events when they can be read, until it unsubscribes',
    async run({ storage }) {
      let wakeUps = 0;
      const seen = Promise.withResolvers<void>();
      const stop = storage.onOutboxAppended(() => {
        wakeUps++;
        storage.outbox.read({ consumer: 'c', limit: 10 }).then(({ length }) => {
          if (length === 2) seen.resolve();
        }, seen.reject);
      });
      await storage.transaction((tx) => tx.outbox.append([sampleEvent(), sampleEvent()]));
      await seen.promise;
      stop();
      const before = wakeUps;
      await storage.outbox.append([sampleEvent()]);
      assert.equal(wakeUps, before);
    },
  },
  {
    name: 'a bad event refuses its whole batch; a bad query or acknowledgement is refused',
    async run({ storage: { outbox } }) {
      await expectRefusal(outbox.append([sampleEvent(), sampleEvent({ type: '' })]), 'INVALID_RECORD');
      assert.deepEqual(await outbox.read({ consumer: 'c', limit: 1_000 }), []);
      const bad = [{ limit: 0 }, { limit: 1_001 }, { limit: 0.5 }, { consumer: '' }, { after: -1 }, { type: 'x' }];
      for (const change of bad) {
        await expectRefusal(outbox.read({ consumer: 'c', limit: 5, ...change } as never), 'INVALID_QUERY');
      }
      for (const sequence of [-1, 0.5, Number.NaN]) await expectRefusal(outbox.ack('c', sequence), 'INVALID_QUERY');
      await expectRefusal(outbox.ack('', 1), 'INVALID_QUERY');
    },
  },
];
