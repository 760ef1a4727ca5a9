import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { samplePrediction } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const ASK = { lease: 'retrain BTC/USDT', owner: 'worker-1', ttlMs: 60_000 };

export const leaseChecks: readonly Check<StorageSubject>[] = [
  {
    name: "a lease is one owner's at a time, its own second try included",
    async run({ storage: { leases } }) {
      const held = (await leases.acquire(ASK)) ?? assert.fail('a free lease must be given');
      assert.deepEqual([held.lease, held.owner], [ASK.lease, ASK.owner]);
      assert.ok(Number.isInteger(held.token) && held.token > 0);
      assert.equal(await leases.acquire({ ...ASK, owner: 'worker-2' }), undefined);
      assert.equal(await leases.acquire(ASK), undefined);
      assert.deepEqual(await leases.get(ASK.lease), held);
      assert.ok(await leases.acquire({ ...ASK, lease: 'another' }));
      assert.equal(await leases.get('none'), undefined);
    },
  },
  {
    name: 'of many who ask for a lease at once exactly one gets it',
    async run({ storage: { leases } }) {
      const owners = Array.from({ length: 10 }, (_, i) => `worker-${i}`);
      const given = await Promise.all(owners.map((owner) => leases.acquire({ ...ASK, owner })));
      const [held, ...more] = given.filter((lease) => lease !== undefined);
      assert.deepEqual(more, []);
      assert.deepEqual(await leases.get(ASK.lease), held);
    },
  },
  {
    name: 'a released lease is free at once, and its token is never given again',
    async run({ storage: { leases } }) {
      let token = 0;
      for (let i = 0; i < 5; i++) {
        const held = (await leases.acquire(ASK)) ?? assert.fail('a released lease must be given');
        assert.ok(held.token > token, `token must rise above ${token}; got ${held.token}`);
        token = held.token;
        await leases.release(held);
        assert.equal(await leases.get(ASK.lease), undefined);
      }
    },
  },
  {
    name: "a late owner neither renews nor frees what is another's by now",
    async run({ storage: { leases } }) {
      const late = (await leases.acquire(ASK)) ?? assert.fail();
      await leases.release(late);
      const held = (await leases.acquire({ ...ASK, owner: 'worker-2' })) ?? assert.fail();
      await expectRefusal(leases.renew(late, 1_000), 'FENCED');
      await leases.release(late);
      assert.deepEqual(await leases.get(ASK.lease), held);
      await expectRefusal(leases.renew({ lease: 'none', token: 1 }, 1_000), 'FENCED');
      await leases.release({ lease: 'none', token: 1 });
    },
  },
  {
    name: 'a transaction under a lease it no longer holds is FENCED and writes nothing',
    async run({ storage }) {
      const late = (await storage.leases.acquire(ASK)) ?? assert.fail();
      await storage.leases.release(late);
      const held = (await storage.leases.acquire({ ...ASK, owner: 'worker-2' })) ?? assert.fail();
      for (const fence of [late, { ...held, token: held.token + 1 }, { lease: 'none', token: 1 }]) {
        const write = storage.transaction((tx) => tx.predictions.append([samplePrediction('late')]), { fence });
        await expectRefusal(write, 'FENCED');
      }
      assert.deepEqual(await storage.predictions.get(['late']), [undefined]);
      await storage.transaction((tx) => tx.predictions.append([samplePrediction('good')]), { fence: held });
      assert.deepEqual(await storage.predictions.get(['good']), [samplePrediction('good')]);
    },
  },
  {
    name: 'the last write under a lease may free it in the same transaction',
    async run({ storage }) {
      const fence = (await storage.leases.acquire(ASK)) ?? assert.fail();
      await storage.transaction(
        async (tx) => {
          await tx.predictions.append([samplePrediction('p')]);
          await tx.leases.release(fence);
        },
        { fence },
      );
      assert.deepEqual(await storage.predictions.get(['p']), [samplePrediction('p')]);
      assert.equal(await storage.leases.get(ASK.lease), undefined);
    },
  },
  {
    name: "a lease expires by the storage's clock: then it is free, and its owner is fenced off",
    needs: ['steered-clock'],
    async run({ storage, clock }) {
      const { leases } = storage;
      const first = (await leases.acquire(ASK)) ?? assert.fail();
      assert.equal(first.expiresAt, clock.now() + ASK.ttlMs);
      clock.advance(ASK.ttlMs - 1);
      assert.deepEqual(await leases.get(ASK.lease), first);
      assert.equal(await leases.acquire({ ...ASK, owner: 'worker-2' }), undefined);
      clock.advance(1);
      assert.equal(await leases.get(ASK.lease), undefined);
      await expectRefusal(leases.renew(first, 1_000), 'FENCED');
      const write = storage.transaction((tx) => tx.predictions.append([samplePrediction('late')]), { fence: first });
      await expectRefusal(write, 'FENCED');
      const second = (await leases.acquire({ ...ASK, owner: 'worker-2' })) ?? assert.fail('an expired lease is free');
      assert.ok(second.token > first.token);
      assert.deepEqual(await storage.predictions.get(['late']), [undefined]);
    },
  },
  {
    name: 'a renewal counts from now, keeps token and owner, and may shorten',
    needs: ['steered-clock'],
    async run({ storage: { leases }, clock }) {
      const first = (await leases.acquire(ASK)) ?? assert.fail();
      clock.advance(50_000);
      const longer = await leases.renew(first, 60_000);
      assert.deepEqual(longer, { ...first, expiresAt: clock.now() + 60_000 });
      clock.advance(30_000);
      assert.deepEqual(await leases.get(ASK.lease), longer);
      assert.equal((await leases.renew(first, 1)).expiresAt, clock.now() + 1);
      clock.advance(1);
      assert.equal(await leases.get(ASK.lease), undefined);
    },
  },
  {
    name: 'a lease is asked for by name and owner, for 1 to 86,400,000 ms',
    async run({ storage: { leases } }) {
      const bad = [
        { ttlMs: 0 },
        { ttlMs: 86_400_001 },
        { ttlMs: 1.5 },
        { ttlMs: Number.NaN },
        { lease: '' },
        { owner: '' },
      ];
      for (const change of [...bad, { forever: true }]) {
        await expectRefusal(leases.acquire({ ...ASK, ...change }), 'INVALID_RECORD');
      }
      assert.equal(await leases.get(ASK.lease), undefined);
      const held = (await leases.acquire({ ...ASK, ttlMs: 86_400_000 })) ?? assert.fail();
      await expectRefusal(leases.renew(held, 0), 'INVALID_RECORD');
    },
  },
];
