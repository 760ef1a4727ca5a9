import assert from 'node:assert/strict';
import type { JsonObject, StorageStores } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { changed, type RecordKind, recordKinds } from '../record-kinds.ts';
import {
  registerVersion,
  START,
  sampleExperiment,
  sampleMonitorState,
  samplePrediction,
  sampleReference,
  sampleResolution,
} from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

/** Text a careless store would execute, fold, trim, cut or mangle. */
const TEXTS: readonly string[] = [
  "'; DROP TABLE predictions; --",
  '" OR ""="',
  '%_\\%',
  '$1 ? :name @p #{x} {{y}}',
  '`id`',
  'null',
  'undefined',
  'true',
  '0',
  '007',
  '1e3',
  ' both ends ',
  'a',
  'A',
  'ß',
  'ss',
  '\u00e9',
  'e\u0301',
  'line\nbreak\ttab\r\u0001\u001f\u007f',
  '😀 \u{10ffff} \ufffd \ufeff',
  '‮right to left',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  'x'.repeat(512),
];

const NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.1,
  1 / 3,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  5e-324,
  Number.MIN_VALUE * 3,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  1e21,
  123_456_789.123_456_79,
];

export const valueChecks: readonly Check<StorageSubject>[] = [
  ...recordKinds.map(
    (kind): Check<StorageSubject> => ({
      name: `a ${kind.name} is copied in and out: no later change of a caller reaches the store`,
      run: ({ storage }) => checkNoAliases(storage, kind),
    }),
  ),
  {
    name: 'every text is data in every place that takes one, and different texts stay different',
    async run({ storage }) {
      await storage.predictions.append(
        TEXTS.map((text) => samplePrediction(text, { symbol: text, modelVersionId: text })),
      );
      const found = await storage.predictions.get(TEXTS);
      TEXTS.forEach((text, i) => {
        assert.deepEqual(found[i], samplePrediction(text, { symbol: text, modelVersionId: text }));
      });
      for (const text of TEXTS) {
        const { items } = await storage.predictions.list({ symbol: text, modelVersionId: text });
        assert.deepEqual(
          items.map(({ id }) => id),
          [text],
        );
        assert.deepEqual(
          (await storage.predictions.findByDecision(text)).map(({ id }) => id),
          [text],
        );
        await storage.monitorStates.put(sampleMonitorState({ modelVersionId: text, state: { text } }));
        await storage.references.put(sampleReference({ modelVersionId: text, name: text, reference: { text } }));
        await storage.trials.save(sampleExperiment(text, { studyId: text, trialNumber: 1, notes: text }));
        await registerVersion(storage, text, { metadata: { text } });
        await storage.leases.acquire({ lease: text, owner: text, ttlMs: 86_400_000 });
      }
      for (const text of TEXTS) {
        assert.deepEqual((await storage.monitorStates.get(text))?.state, { text });
        assert.deepEqual((await storage.references.get(text, text))?.reference, { text });
        assert.equal((await storage.trials.get(text))?.notes, text);
        assert.deepEqual((await storage.models.get(text))?.metadata, { text });
        assert.equal((await storage.leases.get(text))?.owner, text);
        const [rollup] = await storage.rollups.range({
          modelVersionId: text,
          role: 'live',
          from: START,
          to: START + 1,
        });
        assert.equal(rollup?.segment, text);
      }
    },
  },
  {
    name: 'names of 800 bytes fit in every key together, and one byte more is INVALID_RECORD',
    async run({ storage }) {
      // Of many different characters, so that no database can press them into less: three bytes each, and two at the end.
      const name = (seed: number, end: string) =>
        Array.from({ length: 266 }, (_, i) =>
          String.fromCharCode(0x4e00 + ((i * 7_919 + seed * 104_729) % 20_000)),
        ).join('') + end;
      const longest = samplePrediction(name(1, 'ab'), {
        modelName: name(2, 'ab'),
        modelVersionId: name(3, 'ab'),
        symbol: name(4, 'ab'),
      });
      await storage.predictions.append([longest]);
      await storage.predictions.resolve([sampleResolution(longest)]);
      assert.equal((await storage.predictions.get([longest.id]))[0]?.symbol, longest.symbol);
      for (const field of ['id', 'modelName', 'modelVersionId', 'symbol'] as const) {
        const tooLong = { ...samplePrediction('p'), [field]: name(5, 'abc') };
        await expectRefusal(storage.predictions.append([tooLong]), 'INVALID_RECORD');
      }
    },
  },
  {
    name: 'texts sort by code point, in lists and pages alike',
    async run({ storage: { predictions } }) {
      const ids = ['b', 'a', 'B', '\uffff', '😀', '\u{10000}', '\ue000', 'é', 'z', 'aa', '~'];
      await predictions.append(ids.map((id) => samplePrediction(id)));
      const sorted = ['B', 'a', 'aa', 'b', 'z', '~', 'é', '\ue000', '\uffff', '\u{10000}', '😀'];
      assert.deepEqual(
        (await predictions.list({})).items.map(({ id }) => id),
        sorted,
      );
      let cursor: string | undefined;
      for (const id of sorted) {
        const page = await predictions.list({}, cursor === undefined ? { limit: 1 } : { limit: 1, cursor });
        assert.equal(page.items[0]?.id, id);
        cursor = page.nextCursor;
      }
      assert.equal(cursor, undefined);
    },
  },
  {
    name: 'every finite number comes back bit for bit, and −0 as 0',
    async run({ storage: { predictions, trials, monitorStates } }) {
      const features = Object.fromEntries(NUMBERS.map((value, i) => [`n${i}`, value]));
      const stored = Object.fromEntries(NUMBERS.map((value, i) => [`n${i}`, value + 0]));
      await predictions.append([samplePrediction('p', { features })]);
      const [back] = await predictions.get(['p']);
      assert.deepEqual(back?.features, stored);
      assert.deepEqual(await predictions.append([samplePrediction('p', { features: stored })]), [false]);
      await trials.save(sampleExperiment('e', { cvScores: NUMBERS, testMetrics: features, meanCvScore: -0 }));
      const experiment = await trials.get('e');
      assert.deepEqual(experiment?.cvScores, Object.values(stored));
      assert.ok(Object.is(experiment?.meanCvScore, 0));
      await monitorStates.put(sampleMonitorState({ state: { deep: [[...NUMBERS]] } }));
      assert.deepEqual((await monitorStates.get('v1'))?.state, { deep: [Object.values(stored)] });
    },
  },
  {
    name: 'the extremes of prices, confidences, returns and times come back as they were',
    async run({ storage: { predictions } }) {
      const extremes = [
        samplePrediction('small', { confidence: 5e-324, referencePrice: 5e-324, predictedAt: 0, recordedAt: 0 }),
        samplePrediction('large', {
          confidence: 1,
          referencePrice: Number.MAX_VALUE,
          predictedAt: 8.64e15,
          dueAt: 8.64e15,
          recordedAt: 8.64e15,
        }),
      ];
      await predictions.append(extremes);
      assert.deepEqual(await predictions.get(['small', 'large']), extremes);
      const outcome = { price: 5e-324, marketReturn: -0, netReturn: -1e-300 };
      await predictions.resolve([{ ...sampleResolution(extremes[0]!, 'up', outcome), recordedAt: 8.64e15 }]);
      const [{ outcome: back } = assert.fail()] = await predictions.get(['small']);
      assert.ok(Object.is(back?.marketReturn, 0));
      assert.deepEqual([back?.price, back?.netReturn, back?.recordedAt], [5e-324, -1e-300, 8.64e15]);
    },
  },
  {
    name: 'null, empty and absent are three different things',
    async run({ storage: { monitorStates, predictions } }) {
      const state: JsonObject = {
        nothing: null,
        text: '',
        list: [],
        object: {},
        no: false,
        zero: 0,
        nested: [null, [null]],
      };
      await monitorStates.put(sampleMonitorState({ state: { ...state, absent: undefined } }));
      const back = (await monitorStates.get('v1'))!.state;
      assert.deepEqual(back, state);
      assert.ok(!Object.hasOwn(back, 'absent'));
      await predictions.append([samplePrediction('empty', { features: {} })]);
      assert.deepEqual((await predictions.get(['empty']))[0]?.features, {});
      await expectRefusal(predictions.append([samplePrediction('empty')]), 'CONFLICT');
    },
  },
  {
    name: 'the order of keys is no content',
    async run({ storage: { predictions } }) {
      await predictions.append([samplePrediction('p', { features: { a: 1, b: 2 } })]);
      const reversed = Object.fromEntries(
        Object.entries(samplePrediction('p', { features: { b: 2, a: 1 } })).reverse(),
      );
      assert.deepEqual(await predictions.append([reversed as never]), [false]);
    },
  },
  {
    name: 'a key that no record can have is INVALID_QUERY wherever one is looked up',
    async run({ storage }) {
      for (const key of ['', 'a\u0000b', 'a\ud800', 'x'.repeat(513), 7, null, undefined, {}] as never[]) {
        for (const [name, look] of Object.entries(lookups(storage, key))) {
          const error = await expectRefusal(look(), 'INVALID_QUERY');
          assert.ok(error.message.length > 0, name);
        }
      }
    },
  },
];

function lookups(stores: StorageStores, key: string): Readonly<Record<string, () => Promise<unknown>>> {
  return {
    prediction: () => stores.predictions.get([key]),
    decision: () => stores.predictions.findByDecision(key),
    outcomes: () => stores.predictions.recentOutcomes({ modelVersionId: key, role: 'live', limit: 1 }),
    window: () => stores.windows.recent({ modelVersionId: key, limit: 1 }),
    monitorState: () => stores.monitorStates.get(key),
    reference: () => stores.references.get(key, 'features'),
    referenceName: () => stores.references.get('v1', key),
    study: () => stores.studies.get(key),
    experiment: () => stores.trials.get(key),
    version: () => stores.models.get(key),
    versionNumber: () => stores.models.find(key, 1),
    status: () => stores.models.setStatus(key, 'active'),
    removal: () => stores.models.remove(key),
    barred: () => stores.models.barred(key),
    slot: () => stores.slots.get(key),
    slotPatch: () => stores.slots.update(key, {}),
    promotions: () => stores.promotions.list(key),
    activeAt: () => stores.promotions.activeAt(key, START),
    retraining: () => stores.retrainings.get(key),
    unfinished: () => stores.retrainings.unfinished(key),
    lease: () => stores.leases.get(key),
    consumer: () => stores.outbox.read({ consumer: key, limit: 1 }),
  };
}

async function checkNoAliases(stores: StorageStores, kind: RecordKind): Promise<void> {
  await kind.prepare?.(stores);
  const given = kind.make();
  // An optional property that is there and undefined is absent.
  const handed = kind.optional === undefined ? given : { ...given, [kind.optional]: undefined };
  const expected: unknown = structuredClone(
    kind.optional === undefined ? given : changed(given, [kind.optional], undefined),
  );
  const writing = kind.write(stores, handed);
  scribble(handed);
  const answer = await writing;
  scribble(answer);
  for (let reads = 0; reads < 2; reads++) {
    const stored = await kind.read(stores);
    assert.deepEqual(withoutUndefined(stored), withoutUndefined(expected));
    scribble(stored);
  }
}

/** Overwrites whatever may be overwritten, all the way down; a frozen object is as good as a copy. */
function scribble(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    scribble(Reflect.get(value, key));
    Reflect.set(value, key, typeof Reflect.get(value, key) === 'number' ? 0.123 : 'scribbled');
  }
}

function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
