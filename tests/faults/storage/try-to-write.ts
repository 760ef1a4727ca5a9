/** Opens the file named by the first argument, writes to it, and says with which code either was refused. */
import { MlperfError } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';

const codeOf = (error: unknown) => (MlperfError.is(error) ? error.code : String(error));
const storage = await openSqliteStorage(process.argv[2]!).catch((error: unknown) => {
  process.stdout.write(`open ${codeOf(error)}\n`);
});
if (storage !== undefined) {
  await storage.outbox
    .append([{ modelName: 'alpha', type: 'tried', payload: {}, at: 0 }])
    .then(() => 'done', codeOf)
    .then((code) => process.stdout.write(`write ${code}\n`));
  await storage.close().catch(() => undefined);
}
