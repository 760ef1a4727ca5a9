import type { PerformanceStorage } from '@mlperf/core';
import { type Check, NEEDS } from './check.ts';
import { OtherProcess } from './processes/other-process.ts';
import type { StorageHarness, StorageSubject } from './storage-subject.ts';

export interface ConformanceOptions {
  /** Opens a fresh, empty, migrated storage; a harness when it can offer more than that. */
  readonly open: () => PerformanceStorage | StorageHarness | Promise<PerformanceStorage | StorageHarness>;
  /** By check name or by need: the reason why not here. Printed with the test. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** A check made ready to run, for any test runner or none. */
export interface ConformanceTest {
  readonly name: string;
  /** Why it does not apply; run it only where this is absent. */
  readonly skipped: string | undefined;
  /** Opens a storage of its own, and leaves nothing behind. Rejects when the promise is not kept. */
  run(): Promise<void>;
}

/** What {@link runConformance} found. */
export interface ConformanceReport {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * One test for each check, in order.
 * @throws Error when `skip` names neither a check nor a need, or gives no reason.
 * @example
 * for (const { name, skipped, run } of conformanceTests(storageChecks, { open })) {
 *   if (skipped === undefined) test(name, () => run());
 *   else test.skip(`${name}: ${skipped}`, () => {});
 * }
 */
export function conformanceTests(
  checks: readonly Check<StorageSubject>[],
  { open, skip = {} }: ConformanceOptions,
): readonly ConformanceTest[] {
  requireKnownSkips(checks, skip);
  return checks.map((check) => ({
    name: check.name,
    skipped: [check.name, ...(check.needs ?? [])].map((key) => skip[key]).find((text) => text !== undefined),
    run: () => runCheck(check, open),
  }));
}

/** Runs every check, one after another, without a test runner. */
export async function runConformance(
  checks: readonly Check<StorageSubject>[],
  options: ConformanceOptions,
): Promise<ConformanceReport> {
  const passed: string[] = [];
  const failed: { name: string; error: unknown }[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const { name, skipped: reason, run } of conformanceTests(checks, options)) {
    if (reason !== undefined) {
      skipped.push({ name, reason });
      continue;
    }
    try {
      await run();
      passed.push(name);
    } catch (error) {
      failed.push({ name, error });
    }
  }
  return { passed, failed, skipped };
}

async function runCheck(check: Check<StorageSubject>, open: ConformanceOptions['open']): Promise<void> {
  const opened = await open();
  const harness: StorageHarness = 'storage' in opened ? opened : { storage: opened };
  const handles: PerformanceStorage[] = [harness.storage];
  const processes: OtherProcess[] = [];
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
    async startProcesses(count, store) {
      const opening = offered(harness.otherProcess, 'otherProcess');
      const args = store === 'same' ? opening.args : opening.absentArgs;
      const start = async () => {
        const started = await OtherProcess.start(opening, args);
        processes.push(started);
        return started;
      };
      return Promise.all(Array.from({ length: count }, start));
    },
  };
  try {
    await check.run(subject);
  } finally {
    await Promise.all(processes.map((process) => process.end()));
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
