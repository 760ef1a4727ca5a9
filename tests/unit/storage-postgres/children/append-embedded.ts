/** Stores predictions in the directory named by the first argument, names each when it is stored, until it is killed. */
import { openPostgresStorage } from '@mlperf/storage-postgres';

const storage = await openPostgresStorage({ pglite: process.argv[2]! });
for (let i = 0; ; i++) {
  const id = `p${i}`;
  const prediction = {
    id,
    decisionId: id,
    role: 'live',
    modelVersionId: 'v1',
    symbol: 'BTC-USD',
    predictedAt: 1_704_067_200_000 + i,
    direction: 'up',
    confidence: 0.6,
    recordedAt: 1_704_067_200_000 + i,
  } as const;
  await storage.predictions.append([prediction]);
  process.stdout.write(`${id}\n`);
}
