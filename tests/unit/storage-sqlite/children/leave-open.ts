/** Starts a write, never closes the storage, and must end by itself once the write is durable. */
import { openSqliteStorage } from '@mlperf/storage-sqlite';

const storage = await openSqliteStorage(process.argv[2]!);
void storage.outbox
  .append([{ modelName: 'alpha', type: 'left-open', payload: {}, at: 0 }])
  .then(() => process.stdout.write('durable\n'));
