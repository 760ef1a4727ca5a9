import { join } from 'node:path';
import { ModelPredictor, ModelRegistry } from '@mlperf/registry';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import { ruleFamily } from '../unit/registry/rule-family.ts';
import { startChild } from '../unit/storage-sqlite/child-process.ts';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';
import { confidenceOf, modelName } from './serving/matched-pair.ts';

const SCRIPT = '../../../faults/serving/promote.ts';
const rising = { symbol: 'BTC-USD', features: { momentum: 1 } };

describe('swaps that another process makes', () => {
  it('1,000 of them under load: no reader sees a model with another version’s scaler', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const storage = await openSqliteStorage(path);
    await storage.migrate();
    const source = await ModelRegistry.open({ storage });
    const predictor = await ModelPredictor.open({ source, modelName, families: [ruleFamily], refreshIntervalMs: 0 });
    const child = startChild(SCRIPT, ['sqlite', path, '1', '1000']);
    let ended = false;
    const exit = child.exit.then((code) => {
      ended = true;
      return code;
    });
    const seen = new Map<string, Set<number>>();
    let answers = 0;
    const readers = Array.from({ length: 4 }, async (_, r) => {
      while (!ended) {
        const requests = Array.from({ length: 1 + r }, (_, i) => ({ ...rising, symbol: `s${i}` }));
        for (const result of await predictor.predictBatch(requests)) {
          if (result.status !== 'predicted') {
            expect(result.reason).toBe('no-active-model');
            continue;
          }
          answers++;
          const { modelVersionId, confidence } = result.prediction;
          seen.set(modelVersionId, (seen.get(modelVersionId) ?? new Set()).add(confidence));
        }
        await new Promise(setImmediate);
      }
    });
    expect(await exit).toBe(0);
    await Promise.all(readers);
    const numberOf = new Map(
      child.lines.map((line) => {
        const [, number, versionId] = line.split(' ');
        return [versionId!, Number(number)] as const;
      }),
    );
    expect(numberOf.size).toBe(1_000);
    for (const [versionId, confidences] of seen) {
      expect([...confidences]).toHaveLength(1);
      expect([...confidences][0]).toBeCloseTo(confidenceOf(numberOf.get(versionId)!), 12);
    }
    expect(seen.size).toBeGreaterThan(100);
    expect(answers).toBeGreaterThan(1_000);
    await predictor.refresh();
    expect(numberOf.get(predictor.servedVersionId!)).toBe(1_000);
    await predictor.close();
    await storage.close();
  }, 300_000);

  describe('on Postgres', () => {
    let server: EmbeddedServer | undefined;

    afterAll(() => server?.dispose(), 60_000);

    it.skipIf(whyNoServer() !== undefined)(
      'are served within a second, without a poll',
      async () => {
        server = await startPostgres();
        const storage = await openPostgresStorage(server.url);
        await storage.migrate();
        const source = await ModelRegistry.open({ storage });
        const hour = 3_600_000;
        const predictor = await ModelPredictor.open({
          source,
          modelName,
          families: [ruleFamily],
          refreshIntervalMs: hour,
        });
        const count = 20;
        const child = startChild(SCRIPT, ['postgres', server.url, '1', String(count)]);
        const delays: number[] = [];
        for (let i = 1; i <= count; i++) {
          const [, , versionId] = (await child.line(`ready ${i} `)).split(' ');
          const swapped = new Promise((resolve) => {
            const stop = predictor.on('model-swapped', (event) => {
              if (event.versionId !== versionId) return;
              stop();
              resolve(event);
            });
          });
          child.process.stdin!.write('go\n');
          await swapped;
          const result = await predictor.predictNext({ ...rising, predictedAt: i });
          const servedAt = Date.now();
          expect(result).toMatchObject({ prediction: { modelVersionId: versionId } });
          const [, , , at] = (await child.line(`promoted ${i} `)).split(' ');
          delays.push(servedAt - Number(at));
        }
        expect(await child.exit).toBe(0);
        delays.sort((a, b) => a - b);
        expect(delays[count >> 1]).toBeLessThanOrEqual(1_000);
        await predictor.close();
        await storage.close();
      },
      120_000,
    );
  });
});
