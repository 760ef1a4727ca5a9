import { parentPort } from 'node:worker_threads';
import { daily, everyAlarm, never, ours, type PolicyRun } from './policies.ts';
import { regimeStream } from './regime-streams.ts';

/** A stream to run, and the answer about it. */
export interface StreamTask {
  readonly number: number;
  readonly changes: boolean;
}

export interface StreamResult extends StreamTask {
  readonly runs: Readonly<Record<string, PolicyRun>>;
}

/** The names of the policies, ours first. Where a policy has a window of rows there are two, for it has to guess one. */
export const POLICIES = {
  ours,
  'never retraining': never,
  'every day, 250 rows': (stream) => daily(stream, 250),
  'every day, 500 rows': (stream) => daily(stream, 500),
  'every alarm, 250 rows, no gate': (stream) => everyAlarm(stream, 250),
} satisfies Record<string, (stream: ReturnType<typeof regimeStream>) => Promise<PolicyRun>>;

parentPort?.on('message', async ({ number, changes }: StreamTask) => {
  const stream = regimeStream(number, changes);
  const runs: Record<string, PolicyRun> = {};
  for (const [name, policy] of Object.entries(POLICIES)) {
    // Without a change only the two that are compared.
    if (changes || name === 'ours' || name === 'never retraining') runs[name] = await policy(stream);
  }
  parentPort!.postMessage({ number, changes, runs } satisfies StreamResult);
});
