import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Report } from '../harness/figure.ts';
import type { StreamResult, StreamTask } from './policy-worker.ts';

const THREADS = 2;

/** Accuracy over the 1,000 outcomes after a change, and retrainings in them, of each policy; and what it costs without one. */
export async function reportPolicies(report: Report, streams: number): Promise<void> {
  const tasks = Array.from(
    { length: 2 * streams },
    (_, i): StreamTask => ({
      number: i >> 1,
      changes: i % 2 === 0,
    }),
  );
  const results = await runAll(tasks);
  const changed = results.filter(({ changes }) => changes);
  const names = Object.keys(changed[0]!.runs);
  const accuracy = new Map(names.map((name) => [name, mean(changed.map(({ runs }) => runs[name]!.accuracy))]));
  const retrainings = new Map(names.map((name) => [name, mean(changed.map(({ runs }) => runs[name]!.retrainings))]));
  report({ name: 'streams with a change of regime, and as many without', value: streams, unit: 'streams' });
  for (const name of names) {
    report({
      name: `accuracy over 1,000 outcomes after the change: ${name}`,
      value: 100 * accuracy.get(name)!,
      unit: '%',
    });
    report({ name: `retrainings in them: ${name}`, value: retrainings.get(name)!, unit: 'a stream' });
  }
  const best = Math.max(...accuracy.values());
  report({
    name: 'ours below the best policy',
    value: 100 * (best - accuracy.get('ours')!),
    unit: 'points',
    budget: { max: 1 },
  });
  report({
    name: 'our retrainings, of those of the daily policy',
    value: retrainings.get('ours')! / retrainings.get('every day, 250 rows')!,
    unit: '×',
    budget: { max: 0.2 },
  });
  const lost = results
    .filter(({ changes }) => !changes)
    .map(({ runs }) => 100 * (runs['never retraining']!.accuracy - runs.ours!.accuracy));
  report({ name: 'without a change, ours below never retraining, mean', value: mean(lost), unit: 'points' });
  report({
    name: 'without a change, ours below never retraining, worst stream',
    value: Math.max(...lost),
    unit: 'points',
    budget: { max: 1 },
  });
}

/** In the order of the tasks, whoever finishes first. */
async function runAll(tasks: readonly StreamTask[]): Promise<readonly StreamResult[]> {
  const results: StreamResult[] = [];
  let next = 0;
  const work = async () => {
    const worker = new Worker(new URL('./policy-worker.ts', import.meta.url), {
      execArgv: ['--conditions=@mlperf/source'],
    });
    try {
      for (let i = next++; i < tasks.length; i = next++) {
        worker.postMessage(tasks[i]);
        const [result] = await once(worker, 'message');
        results[i] = result;
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: THREADS }, work));
  return results;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
