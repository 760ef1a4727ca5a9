import type { Check } from './check.ts';
import { type ConformanceOptions, conformanceTests } from './conformance-tests.ts';
import type { StorageSubject } from './storage-subject.ts';

/** The test function of vitest or node:test, which print the reason of a skip with the test. */
export type TestFunction = (
  name: string,
  run: (context: { skip(reason: string): unknown }) => Promise<void>,
) => unknown;

/**
 * Declares one test for each check. For other runners see {@link conformanceTests}.
 * @throws Error when `skip` names neither a check nor a need, or gives no reason.
 * @example
 * describe('sqlite', () => describeConformance(it, storageChecks, { open: () => openSqliteStorage(':memory:') }));
 */
export function describeConformance(
  it: TestFunction,
  checks: readonly Check<StorageSubject>[],
  options: ConformanceOptions,
): void {
  for (const { name, skipped, run } of conformanceTests(checks, options)) {
    it(name, async (context) => {
      if (skipped === undefined) await run();
      else context.skip(skipped);
    });
  }
}
