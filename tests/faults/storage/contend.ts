/**
 * One of two processes that write the same rows and rows of their own for a while, as fast as they can, as soon as a
 * line arrives. Its orders are those of the other in reverse. It says what it did.
 * Arguments: the target as JSON, the name of the process, rounds.
 */
import { once } from 'node:events';
import { MlperfError, type RecordedPrediction } from '@mlperf/core';
import { openTarget, type StorageTarget } from './open-target.ts';

const START = 1_704_067_200_000;
const ROWS = 12;
const [json, name, rounds] = process.argv.slice(2);
const storage = await openTarget(JSON.parse(json!) as StorageTarget);
const { sha256, bytes } = await storage.artifacts.put(new TextEncoder().encode('model'));
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();

const won: number[] = [];
const held: string[] = [];

function rowsOf(owner: string, round: number): RecordedPrediction[] {
  const rows = Array.from({ length: ROWS }, (_, i) => ({
    id: `${owner}-${round}-${i}`,
    decisionId: `${owner}-${round}`,
    role: 'live' as const,
    modelVersionId: `v${i % 3}`,
    symbol: `S${i % 4}`,
    predictedAt: START + ((round * 37) % 50) * 3_600_000 + i,
    direction: 'up' as const,
    confidence: 0.6,
    recordedAt: START,
  }));
  return name === 'one' ? rows : rows.reverse();
}

async function write(owner: string, round: number): Promise<void> {
  const rows = rowsOf(owner, round);
  await storage.predictions.append(rows);
  const resolutions = rows.map(({ id, predictedAt }) => ({
    predictionId: id,
    outcome: { observedAt: predictedAt + 1, direction: 'up' as const, correct: true },
    recordedAt: START,
  }));
  const first = resolutions.find(({ predictionId }) => predictionId.endsWith('-0'))!;
  // Of the shared rows the first has its last outcome at once: whoever comes later must find it unchanged.
  await storage.predictions.resolve(owner === 'both' ? resolutions.filter((row) => row !== first) : resolutions);
  const outcome = { ...first.outcome, direction: 'down' as const, correct: false };
  await storage.predictions.resolve([{ ...first, outcome, correction: true }]);
}

/** Several keys of single-row stores in one transaction, in the opposite order to the other's. */
async function touch(round: number): Promise<void> {
  const keys = name === 'one' ? ['a', 'b', 'c'] : ['c', 'b', 'a'];
  await storage.transaction(async (tx) => {
    for (const key of keys) {
      const state = await tx.monitorStates.get(key);
      const count = Number(state?.state.count ?? 0) + 1;
      await tx.monitorStates.put({ modelVersionId: key, sequence: count, state: { count }, updatedAt: round });
    }
    await tx.outbox.append([{ modelName: 'alpha', type: 'touched', payload: { name: name!, round }, at: round }]);
  });
}

async function register(round: number): Promise<void> {
  await storage.models.register({
    versionId: `${name}-${round}`,
    modelName: 'alpha',
    modelType: 'random-forest',
    artifact: { sha256, bytes, format: 'test', formatVersion: 1 },
    hyperparameters: {},
    trainingMetrics: {},
    trainedAt: START,
    status: 'candidate',
    dataVersion: 'data',
    featureNames: [],
    metadata: {},
  });
}

/** Expects the champion both see: at most one of the two wins each time. */
async function promote(round: number): Promise<void> {
  const expectedChampionVersionId = (await storage.slots.get('alpha'))?.championVersionId;
  try {
    await storage.slots.promote({
      modelName: 'alpha',
      kind: 'promotion',
      versionId: `${name}-${round}`,
      expectedChampionVersionId,
      at: START + round,
      actor: name!,
      reason: 'better',
    });
    won.push(round);
  } catch (error) {
    if (!MlperfError.is(error) || error.code !== 'CONFLICT') throw error;
  }
}

async function hold(): Promise<void> {
  const lease = await storage.leases.acquire({ lease: 'turn', owner: name!, ttlMs: 60_000 });
  if (lease === undefined) return;
  held.push(String(lease.token));
  await storage.leases.release(lease);
}

for (let round = 0; round < Number(rounds); round++) {
  await Promise.all([
    write('both', round),
    write(name!, round),
    touch(round),
    register(round).then(() => promote(round)),
    hold(),
  ]);
}
await storage.close();
process.stdout.write(`${JSON.stringify({ won, held })}\n`);
