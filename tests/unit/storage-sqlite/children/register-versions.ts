/** Registers versions `<prefix>0` … `<prefix>9` of one model at once, as soon as a line arrives. */
import { once } from 'node:events';
import { openSqliteStorage } from '@mlperf/storage-sqlite';

const [path, prefix] = process.argv.slice(2);
const storage = await openSqliteStorage(path!);
const { sha256, bytes } = await storage.artifacts.put(new TextEncoder().encode('model'));
process.stdout.write('ready\n');
await once(process.stdin, 'data');
await Promise.all(
  Array.from({ length: 10 }, (_, i) =>
    storage.models.register({
      versionId: `${prefix}${i}`,
      modelName: 'alpha',
      modelType: 'random-forest',
      artifact: { sha256, bytes, format: 'test', formatVersion: 1 },
      hyperparameters: {},
      trainingMetrics: {},
      trainedAt: 1_704_067_200_000,
      status: 'candidate',
      dataVersion: 'data',
      featureNames: [],
      metadata: {},
    }),
  ),
);
await storage.close();
process.stdout.write('registered\n');
process.stdin.destroy();
