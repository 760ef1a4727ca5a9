import { join } from 'node:path';
import { OutcomeAggregate, observationOf, type PerformanceStorage, type ResolvedPrediction } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf } from '../unit/core/monitor/monitor-fixture.ts';
import { startChild } from '../unit/storage-sqlite/child-process.ts';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';

interface Step {
  readonly do: 'predict' | 'track' | 'outcome' | 'correct' | 'reset';
  readonly id: number;
  readonly hit: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('predict', 'track', 'track', 'track', 'outcome', 'outcome', 'outcome', 'correct', 'reset'),
  id: fc.integer({ min: 0, max: 40 }),
  hit: fc.boolean(),
});

/** Small enough to complete windows and to raise alarms within a program. */
const CONFIG = { windowSize: 5, minPredictions: 3, falseAlarmEvery: 3, degradationThreshold: 0.6 };

function take(monitor: Awaited<ReturnType<typeof openMonitor>>, { do: what, id, hit }: Step): Promise<void> {
  if (what === 'reset') return monitor.resetMetrics();
  if (what === 'predict') return monitor.recordPrediction(predictionOf(id));
  if (what === 'track') return monitor.trackPredictionOutcome(predictionOf(id), outcomeOf(id, hit));
  return monitor.recordOutcome(`p${id}`, outcomeOf(id, hit), { correct: what === 'correct' });
}

/** Plays a program on a new file; after each of the given steps everything is closed and opened again by path. */
async function play(steps: readonly Step[], restarts: ReadonlySet<number>) {
  const path = join(temporaryDirectory(), 'store.db');
  let alarms = 0;
  const open = async () => {
    const storage = await openSqliteStorage(path);
    const monitor = await openMonitor({ storage, config: CONFIG });
    monitor.on('model-degraded', () => {
      alarms++;
    });
    return { storage, monitor };
  };
  const answers: Promise<string>[] = [];
  let { storage, monitor } = await open();
  for (const [i, current] of steps.entries()) {
    answers.push(
      take(monitor, current).then(
        () => 'taken',
        (error: { readonly code: string }) => error.code,
      ),
    );
    if (!restarts.has(i)) continue;
    await monitor.close();
    await storage.close();
    ({ storage, monitor } = await open());
  }
  const taken = await Promise.all(answers);
  await monitor.close();
  const last = await openMonitor({ storage, config: CONFIG });
  const { commit: _, revision: __, ...checkpoint } = (await storage.monitorStates.get('v1'))?.state ?? {};
  const story = {
    taken,
    alarms,
    verdict: last.detectDegradation(),
    rolling: last.calculateRollingMetrics(),
    windows: await storage.windows.recent({ modelVersionId: 'v1', limit: 1_000 }),
    stored: await liveOutcomes(storage),
    checkpoint,
  };
  await last.close();
  await storage.close();
  // Sums agree to 1e-12, not to the last bit: a window read back is summed afresh.
  const rounded = JSON.stringify(story, (_key, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(11)) : value,
  );
  return { alarms, story: JSON.parse(rounded) as unknown };
}

function liveOutcomes(storage: PerformanceStorage): Promise<readonly ResolvedPrediction[]> {
  return storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 100_000 });
}

describe('a monitor on a SQLite file', () => {
  it('gives the same answers, alarms, figures and records with restarts as without', async () => {
    let alarms = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
        fc.array(fc.integer({ min: 0, max: 79 }), { minLength: 1, maxLength: 6 }),
        async (steps, restarts) => {
          const uninterrupted = await play(steps, new Set());
          const interrupted = await play(steps, new Set(restarts));
          expect(interrupted.story).toEqual(uninterrupted.story);
          alarms += uninterrupted.alarms;
        },
      ),
      { numRuns: 12, seed: 20_260_802 },
    );
    // The property says something only if the programs reach alarms.
    expect(alarms).toBeGreaterThan(5);
  }, 120_000);

  it('killed in mid-stream and opened at once by another process has every acknowledged outcome once', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const acknowledged: string[] = [];
    for (const kill of [1, 300]) {
      const victim = startChild('record-outcomes.ts', [path, String(kill * 10_000), '1000000']);
      await victim.line('seen ');
      await victim.line(`stored p${kill * 10_000 + kill}`);
      victim.process.kill('SIGKILL');
      expect(await victim.exit).toBeNull();
      acknowledged.push(...idsStored(victim.lines));
    }
    // Opened while the lease of the dead one still runs: it waits, takes over, and ends by itself.
    const survivor = startChild('record-outcomes.ts', [path, '0', '100']);
    const seen = Number((await survivor.line('seen ')).slice('seen '.length));
    expect(seen).toBeGreaterThanOrEqual(acknowledged.length);
    expect(await survivor.exit).toBe(0);
    expect(survivor.lines.at(-1)).toBe('closed');
    acknowledged.push(...idsStored(survivor.lines));

    const storage = await openSqliteStorage(path);
    const outcomes = await liveOutcomes(storage);
    const ids = new Set(outcomes.map(({ id }) => id));
    expect(ids.size).toBe(outcomes.length);
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(outcomes.length).toBe(seen + 100);
    expect(outcomes.map(({ outcome }) => outcome.sequence)).toEqual(outcomes.map((_, i) => i + 1));
    const recomputed = new OutcomeAggregate();
    for (const prediction of outcomes) recomputed.add(observationOf(prediction, prediction.outcome));
    const kept = new OutcomeAggregate();
    const every = { modelVersionId: 'v1', role: 'live', from: 0, to: Date.UTC(2100, 0, 1) } as const;
    for (const rollup of await storage.rollups.range(every)) kept.merge(rollup.outcomes);
    expect([kept.count, kept.correct]).toEqual([recomputed.count, recomputed.correct]);
    const state = await storage.monitorStates.get('v1');
    expect(state?.state).toMatchObject({ outcomesSeen: outcomes.length });
    await storage.close();
  }, 120_000);
});

function idsStored(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith('stored ')).map((line) => line.slice('stored '.length));
}
