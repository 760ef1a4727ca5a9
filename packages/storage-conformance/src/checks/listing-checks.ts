import assert from 'node:assert/strict';
import { encodeCursor, type Page, type PageRequest, type StorageStores } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { readAllPages } from '../read-all-pages.ts';
import {
  MINUTE,
  NAME,
  numbered,
  registerVersion,
  START,
  sampleExperiment,
  samplePrediction,
  samplePromotion,
  sampleRetraining,
  sampleStudy,
} from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const COUNT = 50;

/** One paged listing: how to fill it, how to read it and what tells its rows apart. */
interface Listing {
  readonly name: string;
  /** Adds row `i`; three rows in a row share a sort time, so that ties are paged too. */
  add(stores: StorageStores, i: number): Promise<unknown>;
  list(stores: StorageStores, page?: PageRequest): Promise<Page<object>>;
  /** The same listing under another filter. */
  listOther?(stores: StorageStores, page?: PageRequest): Promise<Page<object>>;
  /** Reads with an unknown filter key. */
  listUnknown?(stores: StorageStores): Promise<unknown>;
}

const tied = (i: number) => START + Math.floor(i / 3) * MINUTE;

const listings: readonly Listing[] = [
  {
    name: 'predictions',
    add: ({ predictions }, i) => predictions.append([samplePrediction(numbered('p', i), { predictedAt: tied(i) })]),
    list: ({ predictions }, page) => predictions.list({ modelVersionId: 'v1' }, page),
    listOther: ({ predictions }, page) => predictions.list({}, page),
    listUnknown: ({ predictions }) => predictions.list({ version: 'v1' } as never),
  },
  {
    name: 'studies',
    add: ({ studies }, i) => studies.create(sampleStudy(numbered('s', i), { createdAt: tied(i) })),
    list: ({ studies }, page) => studies.list({}, page),
    listOther: ({ studies }, page) => studies.list({ modelType: 'random-forest' }, page),
    listUnknown: ({ studies }) => studies.list({ type: 'x' } as never),
  },
  {
    name: 'experiments',
    add: ({ trials }, i) => trials.save(sampleExperiment(numbered('t', i), { createdAt: tied(i) })),
    list: ({ trials }, page) => trials.list({ state: 'complete' }, page),
    listOther: ({ trials }, page) => trials.list({}, page),
    listUnknown: ({ trials }) => trials.list({ study: 'x' } as never),
  },
  {
    name: 'model versions',
    add: (stores, i) => registerVersion(stores, numbered('v', i), { trainedAt: tied(i), modelName: `name-${i % 2}` }),
    list: ({ models }, page) => models.list({}, page),
    listOther: ({ models }, page) => models.list({ modelType: 'random-forest' }, page),
    listUnknown: ({ models }) => models.list({ version: 1 } as never),
  },
  {
    name: 'slots',
    add: (stores, i) => registerVersion(stores, numbered('v', i), { modelName: numbered('name', (i * 7) % 1_000) }),
    list: ({ slots }, page) => slots.list(page),
  },
  {
    name: 'promotions',
    async add(stores, i) {
      await registerVersion(stores, numbered('v', i));
      const { championVersionId } = (await stores.slots.get(NAME))!;
      await stores.slots.promote(samplePromotion(numbered('v', i), { expectedChampionVersionId: championVersionId }));
    },
    list: ({ promotions }, page) => promotions.list(NAME, page),
    listOther: ({ promotions }, page) => promotions.list('other', page),
  },
  {
    name: 'retrainings',
    add: ({ retrainings }, i) =>
      retrainings.create(sampleRetraining(numbered('r', i), { modelName: numbered('name', i), requestedAt: tied(i) })),
    list: ({ retrainings }, page) => retrainings.history({ requestedFrom: 0 }, page),
    listOther: ({ retrainings }, page) => retrainings.history({}, page),
    listUnknown: ({ retrainings }) => retrainings.history({ days: 30 } as never),
  },
  {
    name: 'artifacts',
    add: ({ artifacts }, i) => artifacts.put(new TextEncoder().encode(`artifact ${i}`)),
    list: ({ artifacts }, page) => artifacts.list(page),
  },
];

export const listingChecks: readonly Check<StorageSubject>[] = listings.flatMap((listing) => [
  {
    name: `${listing.name}: fifty rows read by 5, 10, 20 and 100 are the same fifty, with no gap and no repeat`,
    async run({ storage }) {
      assert.deepEqual(await listing.list(storage), { items: [] });
      await fill(storage, listing, 0, COUNT);
      const whole = await listing.list(storage);
      assert.equal(whole.items.length, COUNT);
      assert.ok(!Object.hasOwn(whole, 'nextCursor'), 'the last page has no cursor');
      for (const limit of [1, 5, 10, 20, COUNT, 100, 1_000]) {
        const read = await readAllPages((page) => listing.list(storage, page), limit);
        assert.deepEqual(read, whole.items);
      }
    },
  },
  {
    name: `${listing.name}: without a limit a page holds 100 rows`,
    async run({ storage }) {
      await fill(storage, listing, 0, 101);
      const { items, nextCursor } = await listing.list(storage, {});
      assert.equal(items.length, 100);
      assert.equal(typeof nextCursor, 'string');
    },
  },
  {
    name: `${listing.name}: rows added between pages cost no row its place and repeat none`,
    async run({ storage }) {
      await fill(storage, listing, 10, 10 + COUNT);
      const before = (await listing.list(storage)).items.map(textOf);
      // Every other row is added at the front of the sort order, the rest at its end.
      const read = await readAllPages(
        (page) => listing.list(storage, page),
        10,
        async (pages) => {
          await listing.add(storage, pages - 1);
          await listing.add(storage, 70 + pages);
        },
      );
      const texts = read.map(textOf);
      assert.equal(new Set(texts).size, texts.length, 'no row twice');
      assert.deepEqual(
        texts.filter((text) => before.includes(text)),
        before,
      );
    },
  },
  {
    name: `${listing.name}: a forged cursor, or one of another listing or filter, is INVALID_QUERY`,
    async run({ storage }) {
      await fill(storage, listing, 0, 12);
      const { nextCursor } = await listing.list(storage, { limit: 5 });
      const good = nextCursor ?? assert.fail('a cut page must have a cursor');
      const flipped = good.slice(0, -2) + (good.endsWith('AA') ? 'BB' : 'AA');
      const foreign = [encodeCursor(['nothing'], [START, 'x']), encodeCursor({}, ['x']), encodeCursor('x', [1])];
      for (const cursor of [
        '',
        'x',
        '../x',
        'bnVsbA',
        good.slice(1),
        flipped,
        `${good}AAAA`,
        ...foreign,
        5,
        null,
        {},
      ]) {
        await expectRefusal(listing.list(storage, { limit: 5, cursor: cursor as never }), 'INVALID_QUERY');
      }
      if (listing.listOther !== undefined) {
        await expectRefusal(listing.listOther(storage, { limit: 5, cursor: good }), 'INVALID_QUERY');
      }
      assert.equal((await listing.list(storage, { limit: 7, cursor: good })).items.length, 7);
    },
  },
  {
    name: `${listing.name}: a limit that is no whole number from 1 to 1,000, or an unknown key or order, is INVALID_QUERY`,
    async run({ storage }) {
      for (const limit of [0, -1, 1.5, 1e15, 1_001, Number.NaN, Number.POSITIVE_INFINITY, '5', null]) {
        await expectRefusal(listing.list(storage, { limit: limit as never }), 'INVALID_QUERY');
      }
      for (const unknown of [{ offset: 5 }, { order: 'newest' }, { orderBy: 'id; --' }, { direction: 'desc' }]) {
        await expectRefusal(listing.list(storage, unknown as never), 'INVALID_QUERY');
      }
      if (listing.listUnknown !== undefined) await expectRefusal(listing.listUnknown(storage), 'INVALID_QUERY');
    },
  },
]);

async function fill(stores: StorageSubject['storage'], listing: Listing, from: number, to: number): Promise<void> {
  await stores.transaction(async (tx) => {
    for (let i = from; i < to; i++) await listing.add(tx, i);
  });
}

/** A row as text: rows are told apart by what they say. Numbers that grow with later rows are left out. */
function textOf(row: object): string {
  return JSON.stringify({ ...row, nextVersion: 0 });
}
