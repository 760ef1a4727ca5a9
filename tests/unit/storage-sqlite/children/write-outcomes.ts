/**
 * Writes predictions and outcomes without end, several batches at once, and names each batch when it is durable.
 * Arguments: the path, and a prefix for the ids.
 */
import { openSqliteStorage } from '@mlperf/storage-sqlite';

const BATCH = 20;
const [path, prefix] = process.argv.slice(2);
const storage = await openSqliteStorage(path!);
let next = 0;

async function writeBatches(): Promise<never> {
  for (;;) {
    const batch = next++;
    const ids = Array.from({ length: BATCH }, (_, i) => `${prefix}-${batch}-${i}`);
    await storage.transaction(async (tx) => {
      await tx.predictions.append(
        ids.map((id, i) => ({
          id,
          decisionId: id,
          role: 'live',
          modelVersionId: 'v1',
          symbol: i % 2 === 0 ? 'BTC-USD' : 'ETH-USD',
          predictedAt: 1_704_067_200_000 + batch * 60_000,
          direction: 'up',
          confidence: 0.6,
          recordedAt: 1_704_067_200_000,
        })),
      );
    });
    await storage.predictions.resolve(
      ids.map((predictionId) => ({
        predictionId,
        outcome: { observedAt: 1_704_070_800_000, direction: 'up', correct: true },
        recordedAt: 1_704_070_800_000,
      })),
    );
    process.stdout.write(`durable ${batch}\n`);
  }
}

await Promise.all([writeBatches(), writeBatches(), writeBatches()]);
