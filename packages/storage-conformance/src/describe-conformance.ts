import type { PerformanceStorage } from '@mlperf/core';
import { type Check, NEEDS } from './check.ts';
import type { StorageHarness, StorageSubject } from './storage-subject.ts';

/** The test function of vitest or node:test, which print the reason of a skip with the test. */
export type TestFunction = (
  name: string,
  run: (context: { skip(reason: string): unknown }) => Promise<void>,
) => unknown;

export interface ConformanceOptions {
  /** Opens a fresh, empty, migrated storage; a harness when it can offer more than that. */
  readonly open: () => PerformanceStorage | StorageHarness | Promise<PerformanceStorage | StorageHarness>;
  /** By check name or by need: the reason why not here. Printed with the test. */
  readonly skip?: Readonly<Record<string, string>>;
}

/**
 * Declares one test for each check.
 * @throws Error when `skip` names neither a check nor a need, or gives no reason.
 * @example
 * describe('sqlite', () => describeConformance(it, storageChecks, { open: () => openSqliteStorage(':memory:') }));
 */
export function describeConformance(
  it: TestFunction,
  checks: readonly Check<StorageSubject>[],
  { open, skip = {} }: ConformanceOptions,
): void {
  requireKnownSkips(checks, skip);
  for (const check of checks) {
    const reason = [check.name, ...(check.needs ?? [])].map((key) => skip[key]).find((text) => text !== undefined);
    it(check.name, async (context) => {
      if (reason === undefined) await runCheck(check, open);
      else context.skip(reason);
    });
  }
}

async function runCheck(check: Check<StorageSubject>, open: ConformanceOptions['open']): Promise<void> {
  const opened = await open();
  const harness: StorageHarness = 'storage' in opened ? opened : { storage: opened };
  const handles: PerformanceStorage[] = [harness.storage];
  const subject: StorageSubject = {
    storage: harness.storage,
    get clock() {
      return offered(harness.clock, 'clock');
    },
    async openAgain() {
      const again = await offered(harness.openAgain, 'openAgain')();
      handles.push(again);
      return again;
    },
  };
  try {
    await check.run(subject);
  } finally {
    for (const handle of handles) await handle.close();
    await harness.dispose?.();
  }
}

function offered<T>(ability: T | undefined, name: string): T {
  if (ability !== undefined) return ability;
  throw new Error(`the harness must offer '${name}' for this check, or 'skip' say why it cannot`);
}

function requireKnownSkips(checks: readonly Check<StorageSubject>[], skip: Readonly<Record<string, string>>): void {
  const known = new Set<string>([...NEEDS, ...checks.map((check) => check.name)]);
  for (const [key, reason] of Object.entries(skip)) {
    if (!known.has(key)) throw new Error(`skip must name a check or a need (${NEEDS.join(', ')}); got '${key}'`);
    if (reason.trim() === '') throw new Error(`skip must give a reason for '${key}'; got none`);
  }
}
