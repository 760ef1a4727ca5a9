/**
 * Promotes versions on a store: `promote.ts sqlite <file> <from> <to>` or `promote.ts postgres <url> <from> <to>`. Says
 * `promoted <number> <version id> <epoch ms of the commit>` after each; on Postgres each waits for a line of input.
 */
import { createInterface } from 'node:readline';
import { ModelRegistry } from '@mlperf/registry';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { matchedPair, modelName } from './matched-pair.ts';

const [kind, where, from, to] = process.argv.slice(2);
const storage = kind === 'sqlite' ? await openSqliteStorage(where!) : await openPostgresStorage(where!);
const registry = await ModelRegistry.open({ storage });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
for (let i = Number(from); i <= Number(to); i++) {
  const { versionId } = await registry.registerModel(matchedPair(i));
  const expectedActive = (await registry.getSlot(modelName))?.championVersionId;
  if (kind === 'postgres') {
    process.stdout.write(`ready ${i} ${versionId}\n`);
    await lines.next();
  }
  await registry.promoteToProduction(versionId, { expectedActive });
  process.stdout.write(`promoted ${i} ${versionId} ${Date.now()}\n`);
}
await storage.close();
process.exit(0);
