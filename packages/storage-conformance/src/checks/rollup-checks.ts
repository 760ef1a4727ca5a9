import assert from 'node:assert/strict';
import {
  compareText,
  type Direction,
  keyedRandom,
  OutcomeAggregate,
  type OutcomeAggregateState,
  type OutcomeRollup,
  observationOf,
  type PredictionRole,
  type RandomSource,
  type RecordedPrediction,
  type RollupParts,
  RollupSums,
  type RollupTotals,
  randomInteger,
  type StorageStores,
  type TrackedPrediction,
} from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { HOUR, MINUTE, NAME, START, sampleOutcome, samplePrediction, sampleResolution } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

const DAY = 24 * HOUR;
const WIDE = { from: START - 100 * HOUR, to: START + 100 * HOUR };
const ROLES: readonly PredictionRole[] = ['live', 'shadow', 'member'];
const VERSIONS = ['v1', 'v2'] as const;

export const rollupChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a roll-up counts predictions when made and outcomes when they arrive',
    async run({ storage: { predictions, rollups } }) {
      const [a, b] = [
        samplePrediction('a'),
        samplePrediction('b', { predictedAt: START + 59 * MINUTE, confidence: 0.8 }),
      ];
      await predictions.append([a, b]);
      await predictions.resolve([sampleResolution(b, 'down', { netReturn: -0.02 })]);
      const [rollup, ...more] = await rollups.range({ modelVersionId: 'v1', role: 'live', ...WIDE });
      assert.deepEqual(more, []);
      const { outcomes, ...key } = rollup!;
      assert.deepEqual(key, {
        modelVersionId: 'v1',
        modelName: NAME,
        segment: 'BTC/USDT',
        role: 'live',
        hourStartAt: START,
        predictionsCount: 2,
      });
      assert.deepEqual([outcomes.count, outcomes.correct, outcomes.returnCount], [1, 0, 1]);
      assert.equal(OutcomeAggregate.from(outcomes).confidenceSum, 0.8);
      assert.equal(OutcomeAggregate.from(outcomes).returnSum, -0.02);
      assert.equal(OutcomeAggregate.from(outcomes).confusion('down', 'up'), 1);
    },
  },
  {
    name: "an hour belongs to its first millisecond and not to the next hour's",
    async run({ storage: { predictions, rollups } }) {
      await predictions.append([
        samplePrediction('last', { predictedAt: START - 1 }),
        samplePrediction('first', { predictedAt: START }),
        samplePrediction('end', { predictedAt: START + HOUR - 1 }),
        samplePrediction('next', { predictedAt: START + HOUR }),
      ]);
      const hours = await rollups.range({ modelVersionId: 'v1', role: 'live', ...WIDE });
      assert.deepEqual(
        hours.map(({ hourStartAt, predictionsCount }) => [hourStartAt, predictionsCount]),
        [
          [START - HOUR, 1],
          [START, 2],
          [START + HOUR, 1],
        ],
      );
    },
  },
  {
    name: 'a range takes the whole hour that holds `from` and no hour that starts at `to` or later',
    async run({ storage: { predictions, rollups } }) {
      await predictions.append([0, 1, 2, 3].map((i) => samplePrediction(`p${i}`, { predictedAt: START + i * HOUR })));
      const hours = async (from: number, to: number) =>
        (await rollups.range({ modelVersionId: 'v1', role: 'live', from, to })).map(
          (r) => (r.hourStartAt - START) / HOUR,
        );
      assert.deepEqual(await hours(START + HOUR, START + 3 * HOUR), [1, 2]);
      assert.deepEqual(await hours(START + 2 * HOUR - 1, START + 3 * HOUR + 1), [1, 2, 3]);
      assert.deepEqual(await hours(START + HOUR, START + HOUR), []);
      assert.deepEqual(await hours(-1e12, 1e15), [0, 1, 2, 3]);
    },
  },
  {
    name: 'roll-ups are ordered by hour, version, segment and found by version, name, role and segment',
    async run({ storage: { predictions, rollups } }) {
      const made: RecordedPrediction[] = [];
      for (const hour of [1, 0])
        for (const version of ['v2', 'v1'])
          for (const symbol of ['ETH', 'BTC'])
            made.push(
              samplePrediction(`${hour}${version}${symbol}`, {
                predictedAt: START + hour * HOUR,
                modelVersionId: version,
                symbol,
              }),
            );
      await predictions.append([
        ...made,
        samplePrediction('shadow', { role: 'shadow' }),
        samplePrediction('other', { modelName: 'other', modelVersionId: 'v9' }),
      ]);
      const ask = async (query: object) =>
        (await rollups.range({ role: 'live', ...WIDE, ...query })).map(
          (r) => `${(r.hourStartAt - START) / HOUR}${r.modelVersionId}${r.segment}`,
        );
      const all = ['0v1BTC', '0v1ETH', '0v2BTC', '0v2ETH', '1v1BTC', '1v1ETH', '1v2BTC', '1v2ETH'];
      assert.deepEqual(await ask({ modelName: NAME }), all);
      assert.deepEqual(
        await ask({ modelVersionId: 'v2' }),
        all.filter((key) => key.includes('v2')),
      );
      assert.deepEqual(
        await ask({ modelName: NAME, segment: 'ETH' }),
        all.filter((key) => key.includes('ETH')),
      );
      assert.deepEqual(await ask({ modelName: NAME, role: 'shadow' }), ['0v1BTC/USDT']);
      assert.deepEqual(await ask({ modelName: NAME, modelVersionId: 'v9' }), []);
      assert.deepEqual(await ask({ modelName: 'none' }), []);
    },
  },
  {
    name: 'predictions of one version with, without and under another model name have roll-ups of their own',
    async run({ storage: { predictions, rollups } }) {
      const { modelName: _absent, ...nameless } = samplePrediction('nameless');
      await predictions.append([samplePrediction('named'), nameless, samplePrediction('other', { modelName: 'zz' })]);
      const found = await rollups.range({ modelVersionId: 'v1', role: 'live', ...WIDE });
      assert.deepEqual(new Set(found.map((r) => r.modelName)), new Set([undefined, NAME, 'zz']));
      assert.ok(found.every((r) => r.predictionsCount === 1));
      assert.equal((await rollups.range({ modelName: 'zz', role: 'live', ...WIDE })).length, 1);
    },
  },
  {
    name: 'a roll-up query names a version or a name, a role and finite bounds, and no unknown key',
    async run({ storage: { rollups } }) {
      const good = { modelVersionId: 'v1', role: 'live', ...WIDE } as const;
      const bad: object[] = [
        { role: 'live', ...WIDE },
        { ...good, role: undefined },
        { ...good, role: 'boss' },
        { ...good, from: Number.NaN },
        { ...good, to: Number.POSITIVE_INFINITY },
        { ...good, symbol: 'BTC' },
      ];
      for (const query of bad) await expectRefusal(rollups.range(query as never), 'INVALID_QUERY');
      assert.deepEqual(await rollups.range(good), []);
    },
  },
  {
    name: 'after any program of appends, outcomes and corrections roll-ups equal a recomputation',
    async run({ storage }) {
      for (const seed of ['one', 'two', 'three']) await runRandomProgram(storage, keyedRandom(seed), seed);
      for (const modelVersionId of VERSIONS) {
        for (const role of ROLES) {
          const rows = await everyPrediction(storage, modelVersionId, role);
          const stored = await storage.rollups.range({ modelVersionId, role, ...WIDE });
          assertSameRollups(stored, recompute(rows));
          assertSameTotals(await storage.rollups.totals({ modelVersionId, role, ...WIDE }), stored);
        }
      }
    },
  },
  {
    name: 'totals of any range are the sums of its roll-ups, by version, symbol and day',
    async run({ storage: { predictions, rollups } }) {
      const random = keyedRandom('totals');
      const made = Array.from({ length: 400 }, (_, i) =>
        samplePrediction(`p${i}`, {
          predictedAt: START + Math.floor(random.next() * 100 * DAY),
          modelVersionId: VERSIONS[randomInteger(random, 2)]!,
          symbol: ['BTC', 'ETH', 'é'][randomInteger(random, 3)]!,
          confidence: 1 - random.next(),
          ...(random.next() < 0.2 && { modelName: 'other' }),
        }),
      );
      await predictions.append(made);
      const resolutions = made.map((prediction) =>
        sampleResolution(prediction, random.next() < 0.6 ? 'up' : 'down', { netReturn: random.next() - 0.5 }),
      );
      await predictions.resolve(resolutions.slice(0, 300));
      await predictions.resolve(
        resolutions.slice(0, 20).map((resolution, i) => ({
          ...resolution,
          outcome: sampleOutcome(made[i]!, 'flat', { netReturn: -0.25 }),
          correction: true,
        })),
      );
      const ranges = [
        { from: START - 10 * DAY, to: START + 200 * DAY },
        { from: -1e12, to: 1e15 },
        { from: START + 5 * DAY + 3 * HOUR, to: START + 80 * DAY + 7 * HOUR + 1 },
        { from: START + 2 * DAY, to: START + 3 * DAY },
        { from: START + 2 * DAY + HOUR, to: START + 2 * DAY + 9 * HOUR },
        { from: START + 2 * DAY + 20 * HOUR, to: START + 3 * DAY + 4 * HOUR },
        { from: START + 9 * DAY, to: START + 9 * DAY },
        { from: START + 9 * DAY, to: START },
      ];
      const scopes = [
        { modelName: NAME },
        { modelVersionId: 'v1' },
        { modelVersionId: 'v2', modelName: 'other' },
        { modelName: NAME, segment: 'ETH' },
        { modelVersionId: 'v1', segment: 'é' },
        { modelName: 'none' },
      ];
      for (const range of ranges) {
        for (const scope of scopes) {
          const query = { role: 'live', ...scope, ...range } as const;
          assertSameTotals(await rollups.totals(query), await rollups.range(query));
        }
      }
      await expectRefusal(rollups.totals({ role: 'live', from: 0, to: 1 }), 'INVALID_QUERY');
    },
  },
];

function assertSameTotals(totals: RollupTotals, rollups: readonly OutcomeRollup[]): void {
  const { versions, segments, days } = totals;
  assertSameGroups(
    versions.map((parts) => [parts.modelVersionId, parts]),
    rollups,
    (rollup) => rollup.modelVersionId,
  );
  assertSameGroups(
    segments.map((parts) => [parts.segment, parts]),
    rollups,
    (rollup) => rollup.segment,
  );
  assertSameGroups(
    days.map((parts) => [parts.dayStartAt, parts]),
    rollups,
    (rollup) => Math.floor(rollup.hourStartAt / DAY) * DAY,
  );
}

function assertSameGroups<Key extends string | number>(
  groups: readonly (readonly [Key, RollupParts])[],
  rollups: readonly OutcomeRollup[],
  keyOf: (rollup: OutcomeRollup) => Key,
): void {
  const sums = new RollupSums<Key>();
  for (const rollup of rollups) sums.add(keyOf(rollup), rollup);
  const expected = sums.sorted((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b)),
  );
  assert.deepEqual(
    groups.map(([key, { predictionsCount }]) => [key, predictionsCount]),
    expected.map(([key, { predictionsCount }]) => [key, predictionsCount]),
  );
  expected.forEach(([, sum], i) => {
    assertSameSums(groups[i]![1].outcomes, sum.outcomes);
  });
}

async function runRandomProgram(stores: StorageStores, random: RandomSource, prefix: string): Promise<void> {
  const pick = <T>(values: readonly T[]): T => values[randomInteger(random, values.length)]!;
  const directions: readonly Direction[] = ['up', 'down', 'flat'];
  const made: RecordedPrediction[] = [];
  for (let step = 0; step < 60; step++) {
    if (made.length === 0 || random.next() < 0.4) {
      const batch = Array.from({ length: 1 + randomInteger(random, 5) }, (_, i) =>
        samplePrediction(`${prefix}-${step}-${i}`, {
          modelVersionId: pick(VERSIONS),
          symbol: pick(['BTC', 'ETH']),
          role: pick(ROLES),
          direction: pick(directions),
          confidence: 1 - random.next(),
          predictedAt: START + randomInteger(random, 3 * HOUR),
          ...(random.next() < 0.5 && { predictedPrice: 0.5 + random.next() }),
        }),
      );
      made.push(...batch);
      await stores.predictions.append(batch);
      continue;
    }
    const prediction = pick(made);
    const resolution = sampleResolution(
      prediction,
      pick(directions),
      random.next() < 0.7 ? { netReturn: random.next() - 0.5, price: 0.5 + random.next() } : {},
    );
    await stores.predictions.resolve([{ ...resolution, correction: true }]);
    if (random.next() < 0.2)
      await expectRefusal(stores.predictions.append([{ ...pick(made), symbol: 'XRP' }]), 'CONFLICT');
  }
}

async function everyPrediction(
  stores: StorageStores,
  modelVersionId: string,
  role: PredictionRole,
): Promise<readonly TrackedPrediction[]> {
  const { items, nextCursor } = await stores.predictions.list({ modelVersionId, role }, { limit: 1_000 });
  assert.equal(nextCursor, undefined);
  assert.ok(
    items.some(({ outcome }) => outcome !== undefined),
    'the program must have resolved something',
  );
  return items;
}

function recompute(rows: readonly TrackedPrediction[]): Map<string, { count: number; sums: OutcomeAggregate }> {
  const expected = new Map<string, { count: number; sums: OutcomeAggregate }>();
  for (const row of rows) {
    const key = `${Math.floor(row.predictedAt / HOUR) * HOUR} ${row.symbol}`;
    const entry = expected.get(key) ?? { count: 0, sums: new OutcomeAggregate() };
    expected.set(key, entry);
    entry.count++;
    if (row.outcome !== undefined) entry.sums.add(observationOf(row, row.outcome));
  }
  return expected;
}

function assertSameRollups(
  stored: readonly OutcomeRollup[],
  expected: ReadonlyMap<string, { readonly count: number; readonly sums: OutcomeAggregate }>,
): void {
  assert.equal(stored.length, expected.size);
  for (const { hourStartAt, segment, predictionsCount, outcomes } of stored) {
    const { count, sums } =
      expected.get(`${hourStartAt} ${segment}`) ?? assert.fail(`unexpected ${hourStartAt} ${segment}`);
    assert.equal(predictionsCount, count);
    assertSameSums(outcomes, sums.toJSON());
  }
}

/** Counts agree exactly, sums to 1e-12. */
function assertSameSums(actual: OutcomeAggregateState, expected: OutcomeAggregateState): void {
  const counts = ({ confusion, binCounts, binCorrect, ...state }: OutcomeAggregateState) => ({
    count: state.count,
    correct: state.correct,
    confusion: [...confusion],
    binCounts: [...binCounts],
    binCorrect: [...binCorrect],
    returnCount: state.returnCount,
    scoredCount: state.scoredCount,
    pricedCount: state.pricedCount,
  });
  const sums = (state: OutcomeAggregateState) =>
    [
      ...[state.confidenceSum, ...state.binConfidenceSums, state.returnSum, state.returnSquareSum],
      ...[state.logLossSum!, state.confidenceSquareSum!, state.hitConfidenceSum!],
      ...[state.absoluteErrorSum!, state.percentageErrorSum!],
    ].map(([a, b]) => a + b);
  assert.deepEqual(counts(actual), counts(expected));
  const wanted = sums(expected);
  sums(actual).forEach((sum, i) => {
    assert.ok(Math.abs(sum - wanted[i]!) <= 1e-12, `sum ${i} must be ${wanted[i]}; got ${sum}`);
  });
}
