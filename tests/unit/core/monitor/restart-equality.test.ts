import type {
  Clock,
  DegradationVerdict,
  Direction,
  PerformanceMonitoringConfig,
  PerformanceStorage,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Faults, NOON, openMonitor, outcomeOf, predictionOf, withFaults } from './monitor-fixture.ts';

type Step =
  | { readonly do: 'predict' | 'track' | 'outcome' | 'correct'; readonly id: number; readonly hit: boolean }
  | { readonly do: 'shadow'; readonly id: number }
  | { readonly do: 'reset' };

/** Where the interrupted run awaits everything so far, opens anew, or has a commit fail before or after it happened. */
interface Interruption {
  readonly after: number;
  readonly kind: 'await' | 'restart' | 'fail before commit' | 'fail after commit';
}

const id = fc.integer({ min: 0, max: 60 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('predict' as const), id, hit: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('track' as const), id, hit: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('outcome' as const), id, hit: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('correct' as const), id, hit: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('shadow' as const), id }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reset' as const }) },
);
const interruption: fc.Arbitrary<Interruption> = fc.record({
  after: fc.integer({ min: 0, max: 120 }),
  kind: fc.constantFrom('await', 'await', 'restart', 'restart', 'fail before commit', 'fail after commit'),
});

/** Waits for a retry pass in no time; renewals and overdue alarms never come. */
const impatient: Clock = {
  now: () => NOON,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (ms < 1_000) setImmediate(resolve);
      else signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
};

const THREE_STREAMS = { labelOverlap: 2, calibrationEvidence: 0.25, returnEvidence: 0.25, returnBound: 0.02 };

interface Story {
  /** Whether each call was taken, or the code it was refused with. */
  readonly answers: readonly string[];
  readonly announced: readonly { readonly event: string; readonly verdict: DegradationVerdict }[];
  readonly verdict: DegradationVerdict;
  readonly rolling: readonly [number, number];
  readonly windows: unknown;
  readonly stored: unknown;
  readonly checkpoint: unknown;
}

async function play(
  steps: readonly Step[],
  interruptions: readonly Interruption[] | 'after every step',
  rule: 'e-detector' | 'rolling',
  changes: Partial<PerformanceMonitoringConfig> = {},
): Promise<Story> {
  const faults: Faults = { beforeCommit: 0, afterCommit: 0 };
  const storage = withFaults(openMemoryStorage({ clock: impatient }), faults);
  const small = { windowSize: 5, minPredictions: 3, falseAlarmEvery: 3, degradationThreshold: 0.6 };
  const config = { rule, ...small, ...changes };
  const announced: { event: string; verdict: DegradationVerdict }[] = [];
  const answers: Promise<string>[] = [];
  const open = async () => {
    const monitor = await openMonitor({ storage, config });
    for (const event of ['model-degraded', 'model-recovered'] as const) {
      monitor.on(event, ({ verdict }) => {
        announced.push({ event, verdict });
      });
    }
    return monitor;
  };
  let monitor = await open();
  for (const [i, current] of steps.entries()) {
    answers.push(
      take(monitor, current).then(
        () => 'taken',
        (error: { readonly code: string }) => error.code,
      ),
    );
    if (interruptions === 'after every step') {
      await Promise.all(answers);
      continue;
    }
    for (const { after, kind } of interruptions) {
      if (after !== i) continue;
      if (kind === 'await') await Promise.all(answers);
      else if (kind !== 'restart') {
        // A close gives a failing store three attempts: two failures in a row are to be survived.
        if (faults.beforeCommit + faults.afterCommit < 2)
          faults[kind === 'fail before commit' ? 'beforeCommit' : 'afterCommit']++;
      } else {
        await monitor.close();
        monitor = await open();
      }
    }
  }
  const taken = await Promise.all(answers);
  await monitor.close();
  const last = await openMonitor({ storage, config });
  const { correct, outcomes } = last.calculateRollingMetrics();
  const verdict = last.detectDegradation();
  await last.close();
  return { answers: taken, announced, verdict, rolling: [correct, outcomes], ...(await contents(storage)) };
}

function take(monitor: Awaited<ReturnType<typeof openMonitor>>, current: Step): Promise<void> {
  if (current.do === 'reset') return monitor.resetMetrics();
  const symbol = current.id % 3 === 0 ? 'ETH-USD' : 'BTC-USD';
  const direction: Direction = current.id % 5 === 0 ? 'down' : 'up';
  const decision = current.id % 4 === 0 ? { decisionId: `d${current.id}` } : {};
  const prediction = predictionOf(current.id, { symbol, direction, ...decision });
  if (current.do === 'shadow') {
    return monitor.recordPrediction({
      ...prediction,
      id: `s${current.id}`,
      decisionId: `d${current.id}`,
      role: 'shadow',
      modelVersionId: 'challenger',
    });
  }
  const outcome = outcomeOf(current.id, (direction === 'up') === current.hit);
  switch (current.do) {
    case 'predict':
      return monitor.recordPrediction(prediction);
    case 'track':
      return monitor.trackPredictionOutcome(prediction, outcome);
    case 'outcome':
      return monitor.recordOutcome(`p${current.id}`, outcome);
    case 'correct':
      return monitor.recordOutcome(`p${current.id}`, outcome, { correct: true });
  }
}

async function contents(storage: PerformanceStorage) {
  const [windows, live, shadow, checkpoint] = await Promise.all([
    storage.windows.recent({ modelVersionId: 'v1', limit: 1_000 }),
    storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 1_000 }),
    storage.predictions.recentOutcomes({ modelVersionId: 'challenger', role: 'shadow', limit: 1_000 }),
    storage.monitorStates.get('v1'),
  ]);
  const { commit: _, revision: __, ...state } = checkpoint?.state ?? {};
  return { windows, stored: [live, shadow], checkpoint: state };
}

describe('same outcomes in the same order', () => {
  it.each([
    ['e-detector', {}],
    ['e-detector', THREE_STREAMS],
    ['rolling', {}],
  ] as const)(
    'give the same alarms, figures and records with rule %s and %j, however batched, restarted and failed',
    async (rule, changes) => {
      let alarms = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }),
          fc.array(interruption, { maxLength: 12 }),
          async (steps, interruptions) => {
            const uninterrupted = await play(steps, 'after every step', rule, changes);
            const interrupted = await play(steps, interruptions, rule, changes);
            expect(rounded(interrupted)).toEqual(rounded(uninterrupted));
            alarms += uninterrupted.announced.length;
          },
        ),
        { numRuns: 100, seed: 20_260_801 },
      );
      // The property says something only if the programs reach alarms.
      expect(alarms).toBeGreaterThan(20);
    },
    60_000,
  );
});

/** Sums agree to 1e-12, not to the last bit: a window read back is summed afresh. */
function rounded(story: Story): unknown {
  return JSON.parse(
    JSON.stringify(story, (_key, value: unknown) =>
      typeof value === 'number' ? Number(value.toPrecision(11)) : value,
    ),
  );
}
