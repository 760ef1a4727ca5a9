import { join } from 'node:path';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { samplePrediction } from './sample-predictions.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe('a writer that waits for another storage of the file', () => {
  it('gives up after its busy timeout, and with the default waits longer than a transaction may take', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const holder = await openSqliteStorage(path, { transactionTimeoutMs: 500 });
    const impatient = await openSqliteStorage(path, { busyTimeoutMs: 50 });
    const patient = await openSqliteStorage(path);
    for (const storage of [holder, impatient, patient]) onTestFinished(() => storage.close());
    const held = Promise.withResolvers<void>();
    const transaction = holder.transaction(async (tx) => {
      await tx.predictions.append([samplePrediction('held')]);
      held.resolve();
      // A host that never comes back.
      await new Promise(() => undefined);
    });
    void transaction;
    await held.promise;
    const waiting = patient.predictions.append([samplePrediction('patient')]);
    await expect(impatient.predictions.append([samplePrediction('impatient')])).rejects.toMatchObject({
      code: 'STORAGE_FAILURE',
    });
    expect(await waiting).toEqual([true]);
    expect(await patient.predictions.get(['held', 'patient'])).toMatchObject([undefined, { id: 'patient' }]);
  });
});
