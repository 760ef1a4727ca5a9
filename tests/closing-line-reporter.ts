import { appendFileSync, writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule, TestRunEndReason } from 'vitest/node';

/** What a run came to. `failed` also counts files, suites and processes that broke outside a test. */
export interface RunTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Skip {
  readonly name: string;
  readonly reason: string;
}

export function totalsOf(modules: readonly TestModule[], unhandled: readonly unknown[]): RunTotals {
  let passed = 0;
  let failed = unhandled.length;
  let skipped = 0;
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      else if (state === 'failed') failed++;
      else skipped++;
    }
  }
  return { passed, failed, skipped };
}

export function skipsOf(modules: readonly TestModule[]): Skip[] {
  return modules.flatMap((module) =>
    [...module.children.allTests('skipped')].map((test) => ({ name: nameOf(module, test), reason: reasonOf(test) })),
  );
}

export function closingLine({ passed, failed, skipped }: RunTotals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Prints why each skipped test was skipped and, when the process ends, one last line with the totals.
 * A run in which no test passed fails: a filter that matches nothing must not look like success.
 * With MLPERF_TEST_TOTALS set to a file, the totals are appended to it, so that several runs can be summed.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const totals = totalsOf(modules, unhandledErrors);
    for (const { name, reason: why } of skipsOf(modules)) console.log(`skipped: ${name}: ${why}`);
    const nothingRan = totals.passed + totals.failed === 0;
    if (nothingRan) console.error('no test ran: that is a failure, not a success');
    if (reason === 'interrupted') console.error('the run was interrupted');
    const closing = closingLine(nothingRan ? { ...totals, failed: 1 } : totals);
    const file = process.env.MLPERF_TEST_TOTALS;
    if (file !== undefined && file !== '') appendFileSync(file, `${closing}\n`);
    // At the very end: whatever vitest still has to say comes before it.
    process.once('exit', () => {
      if (nothingRan) process.exitCode = 1;
      writeSync(1, `${closing}\n`);
    });
  }
}

function nameOf(module: TestModule, test: TestCase): string {
  return `${module.relativeModuleId} > ${test.fullName}`;
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given';
}
