import { createHash } from 'node:crypto';
import type { OutcomeResolution, PerformanceStorage, RecordedPrediction, StorageStores } from '@mlperf/core';

const START = 1_704_067_200_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
export const MODEL_NAME = 'BTC-USD/1h/direction';

/**
 * Writes one after another, numbered from 0, each the same whenever it is made. A write that was cut off is made
 * again: that changes nothing if it was stored.
 */
export interface Lane {
  readonly name: string;
  write(storage: PerformanceStorage, n: number): Promise<unknown>;
  /** @returns whether write `n` is there. @throws if it is there in part, or other than it was written. */
  isStored(storage: PerformanceStorage, n: number): Promise<boolean>;
  /** The version whose roll-ups write `n` changes. */
  versionOf?(n: number): string;
}

const DECISION_ROWS = 6;

/** Appends, then outcomes, then corrections of the same predictions, each a call or a transaction of its own. */
const decisions: Lane = {
  name: 'decisions',
  versionOf: (n) => `decisions-${Math.floor(n / 60)}`,
  async write(storage, n) {
    const step = Math.floor(n / 3);
    const rows = decisionRows(step);
    if (n % 3 === 0) {
      await storage.transaction(async (tx) => {
        await tx.predictions.append(rows.slice(0, 2));
        await tx.predictions.append(rows.slice(2));
      });
    } else if (n % 3 === 1) await storage.predictions.resolve(rows.map((row) => outcomeOf(row, true)));
    else await storage.predictions.resolve(corrected(rows).map((row) => outcomeOf(row, false)));
  },
  async isStored({ predictions }, n) {
    const rows = decisionRows(Math.floor(n / 3));
    const stored = await predictions.get(rows.map(({ id }) => id));
    if (n % 3 === 0) return allOrNone(stored.map((row) => row !== undefined));
    if (n % 3 === 1) return allOrNone(stored.map((row) => row?.outcome !== undefined));
    return allOrNone(corrected(stored).map((row) => row?.outcome?.correct === false));
  },
};

function decisionRows(step: number): RecordedPrediction[] {
  return Array.from({ length: DECISION_ROWS }, (_, i) => ({
    id: `decision-${step}-${i}`,
    decisionId: `decision-${step}`,
    role: i % 3 === 2 ? 'shadow' : 'live',
    modelName: MODEL_NAME,
    modelVersionId: `decisions-${Math.floor(step / 20)}`,
    symbol: i % 2 === 0 ? 'BTC-USD' : 'ETH-USD',
    predictedAt: START + step * 7 * MINUTE + i,
    direction: 'up',
    confidence: 0.5 + i / 20,
    recordedAt: START + step,
  }));
}

function corrected<T>(rows: readonly T[]): readonly T[] {
  return rows.filter((_, i) => i % 3 === 0);
}

function outcomeOf(row: RecordedPrediction, hit: boolean): OutcomeResolution {
  return {
    predictionId: row.id,
    outcome: {
      observedAt: row.predictedAt + HOUR,
      direction: hit ? 'up' : 'down',
      correct: hit,
      netReturn: hit ? 0.01 : -0.02,
    },
    recordedAt: row.predictedAt + HOUR + 1,
    ...(hit ? {} : { correction: true }),
  };
}

const RECORD_ROWS = 4;

/** What a monitor writes: new predictions together with outcomes of those before. */
const records: Lane = {
  name: 'records',
  versionOf: (n) => `records-${Math.floor(n / 30)}`,
  write: ({ predictions }, n) =>
    predictions.record({
      predictions: recordRows(n),
      resolutions:
        n === 0
          ? []
          : recordRows(n - 1)
              .map((row, i) => outcomeOf(row, i !== 1))
              .map(uncorrected),
    }),
  async isStored({ predictions }, n) {
    const rows = await predictions.get(recordRows(n).map(({ id }) => id));
    const before = n === 0 ? [] : await predictions.get(recordRows(n - 1).map(({ id }) => id));
    return allOrNone([...rows.map((row) => row !== undefined), ...before.map((row) => row?.outcome !== undefined)]);
  },
};

function uncorrected({ correction: _, ...resolution }: OutcomeResolution): OutcomeResolution {
  return resolution;
}

function recordRows(n: number): RecordedPrediction[] {
  return Array.from({ length: RECORD_ROWS }, (_, i) => ({
    id: `record-${n}-${i}`,
    decisionId: `record-${n}-${i}`,
    role: 'live',
    modelVersionId: `records-${Math.floor(n / 30)}`,
    symbol: `S${i}`,
    predictedAt: START + n * 11 * MINUTE,
    direction: 'up',
    confidence: 0.6,
    features: { rsi: n / 3, atr: i },
    recordedAt: START + n,
  }));
}

/** A completed window with the monitor's state, and now and then a new reference. */
const windows: Lane = {
  name: 'windows',
  write: (storage, n) =>
    storage.transaction(async (tx) => {
      await tx.windows.save({
        modelVersionId: 'windows',
        windowSize: 50,
        predictionsCount: 50,
        correctPredictions: n % 51,
        accuracy: (n % 51) / 50,
        startTime: START,
        endTime: START + n,
        metrics: { accuracy: (n % 51) / 50 },
        lastSequence: 50 + n,
      });
      await tx.monitorStates.put({ modelVersionId: 'windows', sequence: 50 + n, state: { n }, updatedAt: START + n });
      if (n % 5 === 0) {
        await tx.references.put({
          modelVersionId: 'windows',
          name: 'features',
          reference: { n },
          createdAt: START + n,
        });
      }
    }),
  async isStored(storage, n) {
    const recent = await storage.windows.recent({ modelVersionId: 'windows', limit: 1_000 });
    const state = await storage.monitorStates.get('windows');
    return allOrNone([recent.some(({ lastSequence }) => lastSequence === 50 + n), (state?.sequence ?? 0) >= 50 + n]);
  },
};

/** An artifact, its version, the version's promotion with the event that reports it, and the old one's retirement. */
const models: Lane = {
  name: 'models',
  write(storage, n) {
    const step = Math.floor(n / 4);
    if (n % 4 === 0) return storage.artifacts.put(modelBytes(step));
    if (n % 4 === 1) return register(storage, step);
    if (n % 4 === 2) return storage.transaction((tx) => promote(tx, step));
    return storage.models.setStatus(versionId(step), 'archived');
  },
  async isStored(storage, n) {
    const step = Math.floor(n / 4);
    const version = await storage.models.get(versionId(step));
    if (n % 4 === 1) return version !== undefined;
    if (n % 4 === 3) return version?.status === 'archived';
    if (n % 4 === 0) {
      return (await storage.artifacts.get(sha256Of(modelBytes(step)))) !== undefined;
    }
    const events = await storage.outbox.read({ consumer: 'reader', after: 0, limit: 1_000 });
    const { items } = await storage.promotions.list(MODEL_NAME, { limit: 1_000 });
    const event = events.filter(({ payload }) => payload.versionId === versionId(step)).length;
    const promotion = items.filter((item) => item.versionId === versionId(step)).length;
    if (event > 1 || promotion > 1) throw new Error(`${versionId(step)}: ${promotion} promotions, ${event} events`);
    return allOrNone([event === 1, promotion === 1]);
  },
};

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function versionId(step: number): string {
  return `model-${step}`;
}

function modelBytes(step: number): Uint8Array {
  return Uint8Array.from(
    { length: 10_000 },
    (_, i) => ((i * 31 + step) % 251) ^ (step >> 8) ^ (i === 0 ? step % 256 : 0),
  );
}

async function register(storage: PerformanceStorage, step: number): Promise<void> {
  await storage.models.register({
    versionId: versionId(step),
    modelName: MODEL_NAME,
    modelType: 'random-forest',
    artifact: { sha256: sha256Of(modelBytes(step)), bytes: 10_000, format: 'bytes', formatVersion: 1 },
    hyperparameters: { step },
    trainingMetrics: { accuracy: 0.6 },
    trainedAt: START + step,
    status: 'candidate',
    dataVersion: `data-${step}`,
    featureNames: ['rsi'],
    metadata: {},
  });
}

async function promote(tx: StorageStores, step: number): Promise<void> {
  const champion = (await tx.slots.get(MODEL_NAME))?.championVersionId;
  // Promoted before the cut: to do it again would be refused.
  if (champion === versionId(step)) return;
  await tx.slots.promote({
    modelName: MODEL_NAME,
    kind: 'promotion',
    versionId: versionId(step),
    expectedChampionVersionId: step === 0 ? undefined : versionId(step - 1),
    at: START + step,
    actor: 'retraining',
    reason: 'better',
  });
  await tx.outbox.append([
    { modelName: MODEL_NAME, type: 'model-promoted', payload: { versionId: versionId(step) }, at: START + step },
  ]);
}

/** A trial when it starts, and when it has its score. */
const trials: Lane = {
  name: 'trials',
  write: ({ trials: store }, n) =>
    store.save({
      experimentId: `trial-${Math.floor(n / 2)}`,
      modelType: 'random-forest',
      hyperparameters: { depth: Math.floor(n / 2) },
      cvScores: n % 2 === 0 ? [] : [0.5, 0.6],
      ...(n % 2 === 0 ? {} : { meanCvScore: 0.55 }),
      trainingTimeSeconds: n % 2,
      testMetrics: {},
      state: n % 2 === 0 ? 'running' : 'complete',
      createdAt: START + Math.floor(n / 2),
    }),
  async isStored({ trials: store }, n) {
    const trial = await store.get(`trial-${Math.floor(n / 2)}`);
    return n % 2 === 0 ? trial !== undefined : trial?.state === 'complete';
  },
};

export const LANES: readonly Lane[] = [decisions, records, windows, models, trials];

function allOrNone(parts: readonly boolean[]): boolean {
  const there = parts.filter(Boolean).length;
  if (there > 0 && there < parts.length) throw new Error(`${there} of ${parts.length} parts of one write are stored`);
  return there > 0;
}
