import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { NAME, numbered, registerVersion } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const ROUNDS = 8;

/** Two processes on one store. */
export const processChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'two processes that open one absent store at once both find it migrated',
    needs: ['processes'],
    async run({ startProcesses }) {
      const processes = await startProcesses(2, 'absent');
      const reports = await Promise.all(processes.map((process) => process.run('open', null)));
      assert.deepEqual(reports[0], reports[1]);
      assert.ok(reports[0]!.schemaVersion >= 1);
      const versions = await Promise.all(
        processes.map((process, i) => process.run('register', { prefix: `p${i}-`, count: 3 })),
      );
      assert.deepEqual(versions.flat().sort(byValue), countTo(6), 'both write to one store');
    },
  },
  {
    name: 'registrations of two processes at once get the versions 1 to 20',
    needs: ['processes'],
    async run({ storage, startProcesses }) {
      const processes = await startProcesses(2, 'same');
      await Promise.all(processes.map((process) => process.run('open', null)));
      const versions = await Promise.all(
        processes.map((process, i) => process.run('register', { prefix: `p${i}-`, count: 10 })),
      );
      assert.deepEqual(versions.flat().sort(byValue), countTo(20));
      assert.equal((await storage.slots.get(NAME))?.nextVersion, 21);
    },
  },
  {
    name: 'of promotions of two processes that expect the same champion exactly one wins',
    needs: ['processes'],
    async run({ storage, startProcesses }) {
      const processes = await startProcesses(2, 'same');
      const names = Array.from({ length: ROUNDS }, (_, i) => numbered('name', i));
      for (const modelName of names) {
        for (const i of processes.keys()) await registerVersion(storage, `${modelName}-${i}`, { modelName });
      }
      await Promise.all(processes.map((process) => process.run('open', null)));
      const [first, second] = await Promise.all(
        processes.map((process, i) =>
          process.run('promote', { slots: names.map((modelName) => [modelName, `${modelName}-${i}`] as const) }),
        ),
      );
      for (const [i, modelName] of names.entries()) {
        const outcome = [first![i], second![i]];
        const winner = outcome.indexOf(true);
        assert.equal(outcome[1 - winner], 'CONFLICT', `one must win '${modelName}'; got ${outcome.join(' and ')}`);
        assert.equal((await storage.slots.get(modelName))?.championVersionId, `${modelName}-${winner}`);
        assert.equal((await storage.promotions.list(modelName)).items.length, 1);
      }
    },
  },
  {
    name: "a lease that two processes ask for is one's, and a late owner is refused by its token",
    needs: ['processes'],
    async run({ storage, startProcesses }) {
      const processes = await startProcesses(2, 'same');
      const leases = Array.from({ length: ROUNDS }, (_, i) => numbered('lease', i));
      const late = await Promise.all(
        leases.map((lease) => storage.leases.acquire({ lease, owner: 'late', ttlMs: 86_400_000 })),
      );
      for (const lease of late) await storage.leases.release(lease!);
      const given = await Promise.all(
        processes.map((process, i) => process.run('acquire', { owner: `p${i}`, leases })),
      );
      for (const [i, lease] of leases.entries()) {
        const tokens = given.map((got) => got[i]).filter((token) => token != null);
        assert.equal(tokens.length, 1, `one must get '${lease}'`);
        assert.ok(tokens[0]! > late[i]!.token, 'tokens rise across processes');
        await expectRefusal(storage.leases.renew(late[i]!, 1_000), 'FENCED');
        const write = storage.transaction((tx) => tx.outbox.ack('c', 0), { fence: late[i]! });
        await expectRefusal(write, 'FENCED');
      }
    },
  },
  {
    name: 'transactions of two processes over the same rows in opposite orders all go through, and none is lost',
    needs: ['processes'],
    async run({ storage, startProcesses }) {
      const processes = await startProcesses(2, 'same');
      const rows = ['a', 'b', 'c'];
      const orders = [rows, [...rows].reverse()];
      await Promise.all(processes.map((process, i) => process.run('count', { rows: orders[i]!, times: 20 })));
      for (const row of rows) assert.equal((await storage.monitorStates.get(row))?.sequence, 40);
    },
  },
  {
    name: 'a reader who acknowledges all it sees misses no event of a process that commits late',
    needs: ['processes'],
    async run({ storage: { outbox }, startProcesses }) {
      const [late, quick] = await startProcesses(2, 'same');
      const seen: unknown[] = [];
      const readAll = async () => {
        for (const { sequence, payload } of await outbox.read({ consumer: 'c', limit: 100 })) {
          seen.push(payload.id);
          await outbox.ack('c', sequence);
        }
      };
      await quick!.run('open', null);
      const holding = late!.start('appendLate', { id: 'late' });
      await holding.paused;
      // It may wait for the late one, or overtake it.
      const overtaking = quick!.run('append', { prefix: 'quick', count: 2 });
      for (let i = 0; i < 20; i++) await readAll();
      holding.resume();
      await readAll();
      await Promise.all([holding.result, overtaking]);
      await readAll();
      assert.deepEqual([...seen].sort(), ['late', numbered('quick', 0), numbered('quick', 1)]);
    },
  },
  {
    name: 'events that two processes append are read whole and in order by one who acknowledges as it reads',
    needs: ['processes'],
    async run({ storage: { outbox }, startProcesses }) {
      const processes = await startProcesses(2, 'same');
      const count = 40;
      const appending = Promise.all(processes.map((process, i) => process.run('append', { prefix: `p${i}`, count })));
      let over = false;
      const ended = appending.finally(() => {
        over = true;
      });
      ended.catch(() => undefined);
      const seen: string[] = [];
      for (let last = false; !last; ) {
        last = over;
        const events = await outbox.read({ consumer: 'c', limit: 1_000 });
        for (const { payload } of events) seen.push(String(payload.id));
        if (events.length > 0) await outbox.ack('c', events.at(-1)!.sequence);
      }
      await ended;
      for (const [i] of processes.entries()) {
        const expected = Array.from({ length: count }, (_, n) => numbered(`p${i}`, n));
        assert.deepEqual(
          seen.filter((id) => id.startsWith(`p${i}`)),
          expected,
        );
      }
    },
  },
];

function byValue(a: number, b: number): number {
  return a - b;
}

function countTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}
