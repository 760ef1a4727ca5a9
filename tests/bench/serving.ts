import { loadavg } from 'node:os';
import type { Prediction } from '@mlperf/core';
import { ModelPredictor, ModelRegistry } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { matchedPair, modelName } from '../faults/serving/matched-pair.ts';
import { ruleFamily } from '../unit/registry/rule-family.ts';
import type { BenchmarkOptions, Report } from './harness/figure.ts';
import { reportInProcess, reportOtherProcess } from './serving/promotion-times.ts';

export const name = 'serving';

const rising = { symbol: 'BTC-USD', features: { momentum: 1 } };
const nowhere = { recordPrediction: async (_: Prediction) => undefined };

/**
 * How long after the commit of a promotion the new version answers, in the process that promoted and in another one that
 * is told by Postgres, without a poll; and what an answer costs, alone and with a challenger in shadow.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  report({ name: 'load of the machine over the last minute', value: loadavg()[0] ?? 0, unit: 'processes' });
  await reportInProcess(report, quick ? 10 : 200);
  await reportOtherProcess(report, quick ? 5 : 100);
  await reportAnswers(report, quick ? 200 : 20_000);
}

async function reportAnswers(report: Report, count: number): Promise<void> {
  const storage = await openSqliteStorage(':memory:');
  await storage.migrate();
  const registry = await ModelRegistry.open({ storage });
  const { versionId } = await registry.registerModel(matchedPair(1));
  await registry.promoteToProduction(versionId, { expectedActive: undefined });
  const challenger = await registry.registerModel(matchedPair(2));
  const base = { source: registry, modelName, families: [ruleFamily], recorder: nowhere };
  const alone = await ModelPredictor.open({ ...base, shadow: false });
  const shadowed = await ModelPredictor.open({ ...base, shadow: { versionId: challenger.versionId } });
  const perSecond = async (predictor: ModelPredictor) => {
    const startedAt = performance.now();
    for (let i = 0; i < count; i++) await predictor.predictNext({ ...rising, predictedAt: i });
    return (count * 1_000) / (performance.now() - startedAt);
  };
  const ratios: number[] = [];
  const rates: number[] = [];
  await perSecond(alone);
  for (let round = 0; round < 5; round++) {
    const rate = await perSecond(alone);
    rates.push(rate);
    ratios.push((await perSecond(shadowed)) / rate);
  }
  report({ name: 'answers a second, one after the other, median', value: median(rates), unit: '1/s' });
  report({ name: 'answers with a shadow against without, median of 5', value: median(ratios), unit: '×' });
  await Promise.all([alone.close(), shadowed.close()]);
  await storage.close();
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
