/** Opens the store named by the first argument as soon as a line arrives, and says what it found. */
import { once } from 'node:events';
import { openSqliteStorage } from '@mlperf/storage-sqlite';

process.stdout.write('ready\n');
await once(process.stdin, 'data');
const storage = await openSqliteStorage(process.argv[2]!);
const { schemaVersion } = await storage.migrate();
await storage.slots.list();
await storage.close();
process.stdout.write(`opened ${schemaVersion}\n`);
process.stdin.destroy();
