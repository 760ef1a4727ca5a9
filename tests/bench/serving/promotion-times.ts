import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PerformanceStorage } from '@mlperf/core';
import { ModelPredictor, ModelRegistry } from '@mlperf/registry';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { confidenceOf, matchedPair, modelName } from '../../faults/serving/matched-pair.ts';
import { startPostgres, whyNoServer } from '../../fixtures/embedded-postgres.ts';
import { ruleFamily } from '../../unit/registry/rule-family.ts';
import type { Report } from '../harness/figure.ts';

const HOUR_MS = 3_600_000;
const rising = { symbol: 'BTC-USD', features: { momentum: 1 } };

async function openPredictor(storage: PerformanceStorage) {
  await storage.migrate();
  const registry = await ModelRegistry.open({ storage });
  const options = { source: registry, modelName, families: [ruleFamily], refreshIntervalMs: HOUR_MS };
  return { registry, predictor: await ModelPredictor.open(options) };
}

/** Asks until version number i answers. */
async function untilServed(predictor: ModelPredictor, versionId: string, i: number): Promise<void> {
  for (;;) {
    const result = await predictor.predictNext(rising);
    if (result.status === 'predicted' && result.prediction.modelVersionId === versionId) {
      assert.ok(Math.abs(result.prediction.confidence - confidenceOf(i)) < 1e-12);
      return;
    }
    await new Promise(setImmediate);
  }
}

/** From the commit of a promotion to the first prediction by the new version, where it was promoted. */
export async function reportInProcess(report: Report, count: number): Promise<void> {
  const storage = await openSqliteStorage(':memory:');
  const { registry, predictor } = await openPredictor(storage);
  const times: number[] = [];
  let expectedActive: string | undefined;
  for (let i = 1; i <= count; i++) {
    const { versionId } = await registry.registerModel(matchedPair(i));
    await registry.promoteToProduction(versionId, { expectedActive });
    expectedActive = versionId;
    const promotedAt = performance.now();
    await untilServed(predictor, versionId, i);
    times.push(performance.now() - promotedAt);
  }
  reportTimes(report, 'promotion to the first prediction by the new version, in process', times, 50);
  await predictor.close();
  await storage.close();
}

/** The same in another process, which Postgres tells of it. */
export async function reportOtherProcess(report: Report, count: number): Promise<void> {
  const subject = 'promotion to the first prediction by the new version, in another process on Postgres';
  const skipped = whyNoServer();
  if (skipped !== undefined) {
    report({ name: `${subject}, 99th percentile`, unit: 'ms', budget: { max: 1_000 }, skipped });
    return;
  }
  const server = await startPostgres({ fsync: true });
  const storage = await openPostgresStorage(server.url);
  const { predictor } = await openPredictor(storage);
  const script = fileURLToPath(new URL('../../faults/serving/promote.ts', import.meta.url));
  const args = ['--conditions=@mlperf/source', script, 'postgres', server.url, '1', String(count)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const times: number[] = [];
  for (let i = 1; i <= count; i++) {
    const [, , versionId] = String((await lines.next()).value).split(' ');
    const served = untilServed(predictor, versionId!, i).then(() => Date.now());
    child.stdin!.write('go\n');
    // One machine has one clock: what it shows after the commit there and after the answer here can be compared.
    const [, , , promotedAt] = String((await lines.next()).value).split(' ');
    times.push(Math.max(0, (await served) - Number(promotedAt)));
  }
  if (child.exitCode === null) await once(child, 'exit');
  reportTimes(report, subject, times, 1_000);
  await predictor.close();
  await storage.close();
  await server.dispose();
}

/** Their median, and their 99th percentile against a budget. */
export function reportTimes(report: Report, subject: string, times: number[], max: number): void {
  const sorted = times.sort((a, b) => a - b);
  report({ name: `${subject}, median`, value: median(sorted), unit: 'ms' });
  const worst = sorted[Math.ceil(sorted.length * 0.99) - 1]!;
  report({ name: `${subject}, 99th percentile`, value: worst, unit: 'ms', budget: { max } });
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
