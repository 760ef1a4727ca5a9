/**
 * A monitor of version `v1` on a SQLite file: says how many outcomes it has seen, then records predictions and
 * outcomes, many at once, and names each outcome when it is durable. It closes what it opened and ends by itself.
 * Arguments: the path, the number of the first prediction, and how many to record.
 */
import { PerformanceMonitor } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';

const IN_FLIGHT = 40;
const MINUTE = 60_000;
const START = 1_704_067_200_000;
const [path, first, count] = process.argv.slice(2);
const storage = await openSqliteStorage(path!);
const monitor = await PerformanceMonitor.open({ storage, modelVersionId: 'v1' });
process.stdout.write(`seen ${monitor.detectDegradation().outcomesSeen}\n`);

const end = Number(first) + Number(count);
let next = Number(first);

async function recordInTurn(): Promise<void> {
  while (next < end) {
    const i = next++;
    const predicted = monitor.recordPrediction({
      id: `p${i}`,
      modelVersionId: 'v1',
      symbol: 'BTC-USD',
      predictedAt: START + i * MINUTE,
      direction: 'up',
      confidence: 0.6,
      referencePrice: 100,
    });
    const tracked = monitor.recordOutcome(`p${i}`, {
      observedAt: START + (i + 60) * MINUTE,
      price: i % 3 === 0 ? 99 : 101,
    });
    await Promise.all([predicted, tracked]);
    process.stdout.write(`stored p${i}\n`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, recordInTurn));
await monitor.close();
await storage.close();
process.stdout.write('closed\n');
