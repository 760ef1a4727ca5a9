// A host subscribes to what the monitor has to say. Run: npm run example examples/02-alerts.ts
import assert from 'node:assert/strict';
import { keyedRandom, PerformanceMonitor } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';

const monitor = await PerformanceMonitor.open({
  storage: openMemoryStorage(),
  modelVersionId: 'btc-direction-1',
  config: { degradationThreshold: 0.6, falseAlarmEvery: 2000, windowSize: 100 },
});

const alerts: string[] = [];
monitor.on('window-completed', ({ window }) => console.log(`window of ${window.windowSize}: ${window.accuracy}`));
monitor.on('model-degraded', ({ verdict }) => alerts.push(`stop trading: ${verdict.reason}`));
monitor.on('model-recovered', ({ verdict }) => alerts.push(`trade again: ${verdict.reason}`));
monitor.on('storage-failed', ({ error }) => alerts.push(`call someone: ${error.message}`));

// 66 % of the first 300 predictions come true, then 45 %.
const random = keyedRandom('alerts');
for (let hour = 0; hour < 600; hour++) {
  const at = hour * 3_600_000;
  const direction = random.next() < (hour < 300 ? 0.66 : 0.45) ? 'up' : 'down';
  await monitor.trackPredictionOutcome(
    {
      id: `p${hour}`,
      modelVersionId: 'btc-direction-1',
      symbol: 'BTC-USD',
      predictedAt: at,
      direction: 'up',
      confidence: 0.66,
    },
    { observedAt: at + 3_600_000, direction },
  );
}
await monitor.close();

console.log(alerts.join('\n'));
assert.equal(alerts.length, 1, 'one alarm, after the change');
assert.match(alerts[0]!, /^stop trading/);
