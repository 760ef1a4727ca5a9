import assert from 'node:assert/strict';
import type { PerformanceStorage, StorageStores } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { changed, type Path, type RecordKind, recordKinds } from '../record-kinds.ts';
import {
  registerVersion,
  START,
  sampleEvent,
  samplePrediction,
  sampleRetraining,
  sampleStudy,
  sampleWindow,
} from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

/** What ends a string, a statement or a name in some dialect, or begins a parameter, a pattern or a comment. */
const HOSTILE: readonly string[] = [
  `'; DROP TABLE predictions; --`,
  '"); DELETE FROM outbox; /* `x` */ \\\' \\" $$ $1 ?1 :n @p %_\\%',
  "' OR '1'='1' UNION SELECT null, null -- \\",
];

const UNSTORABLE: readonly string[] = ['a\u0000b', 'a\ud800', '\udc00b'];

class Undo extends Error {}

export const textChecks: readonly Check<StorageSubject>[] = [
  ...recordKinds.map(
    (kind): Check<StorageSubject> => ({
      name: `SQL in every text of a ${kind.name}, and in every key it may choose, is text like any other`,
      run: ({ storage }) => checkHostileText(storage, kind),
    }),
  ),
  {
    name: 'SQL in a key finds what is stored under it and nothing else',
    async run({ storage }) {
      await storage.predictions.append([samplePrediction('bystander')]);
      for (const text of HOSTILE) {
        await registerVersion(storage, text, { modelName: text });
        await storage.studies.create(sampleStudy(text, { modelType: text }));
        await storage.windows.save(sampleWindow({ modelVersionId: text, segment: text }));
        await storage.retrainings.create(sampleRetraining(text, { modelName: text }));
        await storage.models.bar({ versionId: text, modelName: text, reason: text, at: START });
        const [event] = await storage.outbox.append([sampleEvent({ modelName: text, type: text })]);
        assert.equal((await storage.studies.get(text))?.modelType, text);
        assert.equal((await storage.studies.list({ modelType: text })).items.length, 1);
        assert.equal((await storage.windows.recent({ modelVersionId: text, segment: text, limit: 9 })).length, 1);
        assert.equal((await storage.retrainings.unfinished(text))?.retrainingId, text);
        assert.equal((await storage.retrainings.history({ modelName: text })).items.length, 1);
        assert.equal((await storage.models.list({ modelName: text })).items.length, 1);
        assert.equal((await storage.models.barred(text)).length, 1);
        assert.equal((await storage.slots.get(text))?.nextVersion, 2);
        await storage.outbox.ack(text, event!.sequence);
        assert.deepEqual(await storage.outbox.read({ consumer: text, limit: 9 }), []);
        assert.equal(await storage.predictions.get([text]).then(([found]) => found), undefined);
        assert.deepEqual((await storage.predictions.list({ symbol: text })).items, []);
        await storage.outbox.forget(text);
        await storage.models.remove(text).catch(() => undefined);
      }
      assert.deepEqual(await storage.predictions.list({}), { items: [samplePrediction('bystander')] });
    },
  },
  {
    name: 'a NUL character or a lone surrogate in a filter, an owner or a consumer is refused',
    async run({ storage }) {
      const { predictions, trials, models, retrainings, studies, rollups, leases, outbox } = storage;
      for (const text of UNSTORABLE) {
        await expectRefusal(predictions.list({ symbol: text }), 'INVALID_QUERY');
        await expectRefusal(predictions.list({ modelName: text }), 'INVALID_QUERY');
        await expectRefusal(trials.list({ studyId: text }), 'INVALID_QUERY');
        await expectRefusal(trials.best({ metric: text, direction: 'maximize', limit: 1 }), 'INVALID_QUERY');
        await expectRefusal(models.list({ modelName: text }), 'INVALID_QUERY');
        await expectRefusal(retrainings.history({ modelName: text }), 'INVALID_QUERY');
        await expectRefusal(studies.list({ modelType: text }), 'INVALID_QUERY');
        await expectRefusal(rollups.range({ modelVersionId: text, role: 'live', from: 0, to: START }), 'INVALID_QUERY');
        await expectRefusal(leases.acquire({ lease: text, owner: 'o', ttlMs: 1 }), 'INVALID_RECORD');
        await expectRefusal(leases.acquire({ lease: 'l', owner: text, ttlMs: 1 }), 'INVALID_RECORD');
        await expectRefusal(outbox.ack(text, 0), 'INVALID_QUERY');
        await expectRefusal(outbox.forget(text), 'INVALID_QUERY');
      }
    },
  },
];

/** Writes each text in each place in a transaction of its own, reads it back there, and undoes it. */
async function checkHostileText(storage: PerformanceStorage, kind: RecordKind): Promise<void> {
  await kind.prepare?.(storage);
  const record = kind.make();
  const places: readonly Path[] = kind.texts.filter((path) => !isOneOf(kind.keys, path));
  for (const text of HOSTILE) {
    for (const path of places) await checkOne(storage, kind, changed(record, path, text));
    for (const path of kind.open) await checkOne(storage, kind, changed(record, [...path, text], 1));
  }
  await kind.write(storage, record);
  assert.notEqual(await kind.read(storage), undefined, 'the store must be as good as before');
}

async function checkOne(storage: PerformanceStorage, kind: RecordKind, record: object): Promise<void> {
  const undone = storage.transaction(async (tx: StorageStores) => {
    await kind.write(tx, record);
    // As JSON: an absent property and an undefined one are the same.
    assert.deepEqual(asJson(await kind.read(tx)), asJson(record));
    throw new Undo();
  });
  await assert.rejects(undone, Undo);
}

function isOneOf(paths: readonly Path[], path: Path): boolean {
  return paths.some((other) => other.join('.') === path.join('.'));
}

function asJson(record: unknown): unknown {
  return JSON.parse(JSON.stringify(record));
}
