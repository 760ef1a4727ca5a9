// The rule behind a stream turns round at a known point: how soon is it noticed, and does retraining help?
// Run: npm run example examples/03-regime-change.ts
import assert from 'node:assert/strict';
import { hashDataset, ManualClock, PerformanceMonitor, timeToDetect } from '@mlperf/core';
import { ModelPredictor, ModelRegistry, RetrainingManager } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { workerThreadExecutor } from '@mlperf/workers';
import { families } from './paper-trading/families.ts';
import {
  FEATURE_NAMES,
  HOUR_MS,
  type StreamRow,
  streamDataset,
  streamFeatures,
  streamRows,
} from './regime-change/stream.ts';

const MODEL_NAME = 'regime/1h/direction';
const CHANGE_AT = 200;
const STREAMS = 200;
const FALSE_ALARM_EVERY = 2000;

const executor = workerThreadExecutor({ familiesModule: new URL('./paper-trading/families.ts', import.meta.url) });
const hyperparameters = { nEstimators: 50, maxDepth: 3, minSamplesLeaf: 20 };
const training = { modelType: 'random-forest', hyperparameters, seed: 'regime-change' };

// 1. A forest learns the rule and is validated on rows it has not seen.
const trainingData = streamDataset(streamRows('training', 600));
const validation = streamRows('validation', 10_000);
const fitted = await executor.fit({ ...training, train: trainingData, predict: [streamFeatures(validation)] });
const validatedAccuracy = hitsOf(validation, fitted.predictions[0]!).filter(Boolean).length / validation.length;
console.log(`validated accuracy     ${percent(validatedAccuracy)} on ${validation.length} unseen hours`);
assert.ok(Math.abs(validatedAccuracy - 0.6) < 0.01, 'the model is validated at 60 %');

// 2. On 200 streams the rule turns round after 200 hours; the floor is the validated accuracy.
const delays: number[] = [];
let falseAlarms = 0;
for (let stream = 0; stream < STREAMS; stream++) {
  const alarmAt = await firstAlarm(streamRows(`stream ${stream}`, CHANGE_AT + 1000, CHANGE_AT));
  if (alarmAt < CHANGE_AT) falseAlarms++;
  else delays.push(alarmAt - CHANGE_AT + 1);
}
delays.sort((a, b) => a - b);
// Of 200 healthy outcomes at most a tenth may end in a false alarm, and chance adds three standard deviations.
const mostFalseAlarms = (STREAMS * CHANGE_AT) / FALSE_ALARM_EVERY;
assert.ok(falseAlarms <= mostFalseAlarms + 3 * Math.sqrt(mostFalseAlarms), 'the alarm budget holds');
const median = delays[Math.floor(delays.length / 2)]!;
const expected = timeToDetect({ from: 0.6, to: 0.4, falseAlarmEvery: FALSE_ALARM_EVERY });
console.log(`alarm budget           one false alarm in ${FALSE_ALARM_EVERY} outcomes`);
console.log(`false alarms           ${falseAlarms} in ${STREAMS * CHANGE_AT} healthy outcomes`);
console.log(
  `outcomes to the alarm  median ${median}, nine in ten within ${delays[Math.floor(0.9 * delays.length)]}; foretold ${expected.median}`,
);
assert.ok(median <= 50, 'half of the changes are noticed within 50 outcomes');

// 3. One stream with the whole loop: alarm, retraining on what came after it, comparison, promotion.
const rows = streamRows('live', 1500, CHANGE_AT);
const clock = new ManualClock(0);
const storage = openMemoryStorage();
const registry = await ModelRegistry.open({ storage, families, clock });
const first = await registry.registerModel({
  modelName: MODEL_NAME,
  model: { ...training, classes: fitted.classes, featureNames: FEATURE_NAMES, lookBack: 0, bytes: fitted.model! },
  flatBand: 0,
  hyperparameters,
  trainingMetrics: { accuracy: validatedAccuracy },
  dataVersion: hashDataset(trainingData),
  metadata: { trainedThrough: 0 },
});
await registry.promoteToProduction(first.versionId, { expectedActive: undefined, actor: 'host' });
const monitor = await PerformanceMonitor.open({
  storage,
  modelName: MODEL_NAME,
  clock,
  config: { baselineTolerance: 0, falseAlarmEvery: FALSE_ALARM_EVERY },
});
const predictor = await ModelPredictor.open({
  source: registry,
  modelName: MODEL_NAME,
  families,
  featureNames: FEATURE_NAMES,
  recorder: monitor,
  clock,
});
let hour = 0;
let alarmHour: number | undefined;
const retraining = await RetrainingManager.open({
  registry,
  storage,
  executor,
  monitor,
  clock,
  seed: 'regime-change',
  modelName: MODEL_NAME,
  modelType: 'random-forest',
  hyperparameters,
  config: { holdoutRows: 200, minTrainingRows: 300 },
  checkEveryMs: false,
  // What came before the alarm follows another rule: wait for 500 hours after it.
  gather: async () =>
    alarmHour === undefined || hour < alarmHour + 501 ? undefined : streamDataset(rows.slice(alarmHour + 1, hour)),
});
monitor.on('model-degraded', ({ verdict }) => {
  alarmHour = hour;
  console.log(`hour ${hour}               ${verdict.reason}`);
});
retraining.on('model-promoted', ({ versionId }) =>
  console.log(`hour ${hour}               promoted ${versionId.slice(0, 11)}…`),
);
const hits: boolean[] = [];
for (const row of rows) {
  await retraining.whenIdle();
  clock.setTime(row.at);
  const made = await predictor.predictNext({ symbol: 'REGIME', features: row.features, predictedAt: row.at });
  assert.equal(made.status, 'predicted');
  if (made.status !== 'predicted') break;
  hits.push(made.prediction.direction === row.direction);
  await monitor.recordOutcome(made.prediction.id, { observedAt: row.at + HOUR_MS, direction: row.direction });
  hour++;
  await retraining.tick();
}
const second = await registry.getActiveModel(MODEL_NAME);
assert.ok(second !== undefined && second.versionId !== first.versionId, 'a better model serves');
const since = rows.findIndex((row) => row.at > second.trainedAt);
const served = rows.slice(since);
const { predictions } = await executor.predict({
  modelType: 'random-forest',
  model: fitted.model!,
  features: [streamFeatures(served)],
});
const before = hitsOf(served, predictions[0]!).filter(Boolean).length / served.length;
const after = hits.slice(since).filter(Boolean).length / served.length;
console.log(
  `after the promotion    ${percent(after)} on ${served.length} hours; the first model would have had ${percent(before)}`,
);
assert.ok(after - before > 0.05, 'retraining gains more than 5 points');

await retraining.close();
await predictor.close();
await monitor.close();
await executor.close();
await storage.close();

/** Index of the outcome that raised the alarm. */
async function firstAlarm(stream: readonly StreamRow[]): Promise<number> {
  const { predictions } = await executor.predict({
    modelType: 'random-forest',
    model: fitted.model!,
    features: [streamFeatures(stream)],
  });
  const watch = await PerformanceMonitor.open({
    storage: openMemoryStorage(),
    modelVersionId: 'first',
    config: { degradationThreshold: validatedAccuracy, falseAlarmEvery: FALSE_ALARM_EVERY },
  });
  const stored: Promise<void>[] = [];
  let alarmAt = Number.POSITIVE_INFINITY;
  for (const [i, row] of stream.entries()) {
    const up = predictions[0]![2 * i + 1]!;
    stored.push(
      watch.trackPredictionOutcome(
        {
          id: String(i),
          modelVersionId: 'first',
          symbol: 'REGIME',
          predictedAt: row.at,
          direction: up >= 0.5 ? 'up' : 'down',
          confidence: Math.max(up, 1 - up),
        },
        { observedAt: row.at + HOUR_MS, direction: row.direction },
      ),
    );
    if (watch.degradationDetected) {
      alarmAt = i;
      break;
    }
  }
  await Promise.all(stored);
  await watch.close();
  return alarmAt;
}

function hitsOf(stream: readonly StreamRow[], probabilities: Float64Array): readonly boolean[] {
  return stream.map((row, i) => (probabilities[2 * i + 1]! >= 0.5 ? 'up' : 'down') === row.direction);
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}
