import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import {
  type Check,
  conformanceTests,
  describeConformance,
  runConformance,
  type StorageSubject,
  storageChecks,
} from '@mlperf/storage-conformance';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';

interface Declared {
  readonly name: string;
  /** Runs the test; the reason when it skipped itself. */
  readonly run: () => Promise<string | undefined>;
}

function declare(
  checks: readonly Check<StorageSubject>[],
  options: Parameters<typeof describeConformance>[2],
): Declared[] {
  const declared: Declared[] = [];
  describeConformance(
    (name, run) => {
      declared.push({
        name,
        async run() {
          let reason: string | undefined;
          await run({ skip: (given) => (reason = given) });
          return reason;
        },
      });
    },
    checks,
    options,
  );
  return declared;
}

const passing: Check<StorageSubject> = { name: 'passes', run: async () => {} };
const clocked: Check<StorageSubject> = {
  name: 'asks for the clock',
  needs: ['steered-clock'],
  run: async ({ clock }) => clock.advance(1),
};
const reopening: Check<StorageSubject> = {
  name: 'opens again',
  needs: ['reopening'],
  run: async ({ openAgain }) => void (await openAgain()),
};

describe('describeConformance', () => {
  it('declares a test for each check, in order', () => {
    const names = declare([passing, clocked], { open: openMemoryStorage }).map(({ name }) => name);
    expect(names).toEqual(['passes', 'asks for the clock']);
  });

  it('opens a fresh storage for each check and closes it afterwards, pass or fail', async () => {
    const opened: PerformanceStorage[] = [];
    const failing: Check<StorageSubject> = {
      name: 'fails',
      run: async () => {
        throw new Error('as planned');
      },
    };
    const open = () => {
      const storage = openMemoryStorage();
      opened.push(storage);
      return storage;
    };
    const [first, second] = declare([passing, failing], { open });
    await first!.run();
    await expect(second!.run()).rejects.toThrow('as planned');
    expect(opened).toHaveLength(2);
    for (const storage of opened)
      await expect(storage.predictions.get(['p'])).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('closes every handle a check opened and then disposes of the store', async () => {
    const events: string[] = [];
    const watched = (name: string): PerformanceStorage => {
      const storage = openMemoryStorage();
      return Object.create(storage, { close: { value: async () => void events.push(`close ${name}`) } });
    };
    const open = () => ({
      storage: watched('first'),
      openAgain: async () => watched('second'),
      dispose: async () => void events.push('dispose'),
    });
    await declare([reopening], { open })[0]!.run();
    expect(events).toEqual(['close first', 'close second', 'dispose']);
  });

  it('fails a check whose need the harness does not meet and nobody skipped', async () => {
    const [first, second] = declare([clocked, reopening], { open: openMemoryStorage });
    await expect(first!.run()).rejects.toThrow(/must offer 'clock'/);
    await expect(second!.run()).rejects.toThrow(/must offer 'openAgain'/);
    const clock = new ManualClock();
    const [met] = declare([clocked], { open: () => ({ storage: openMemoryStorage({ clock }), clock }) });
    expect(await met!.run()).toBeUndefined();
    expect(clock.now()).toBe(1);
  });

  it('skips by name or by need, and the test tells the reason', async () => {
    const skip = { passes: 'known, issue 7', reopening: 'nothing is kept' };
    const [first, second] = declare([passing, reopening], { open: openMemoryStorage, skip });
    expect(await first!.run()).toBe('known, issue 7');
    expect(await second!.run()).toBe('nothing is kept');
  });

  it('refuses a skip of nothing and a skip without a reason', () => {
    expect(() => declare([passing], { open: openMemoryStorage, skip: { passed: 'typo' } })).toThrow(/'passed'/);
    expect(() => declare([passing], { open: openMemoryStorage, skip: { passes: ' ' } })).toThrow(/reason/);
  });
});

describe('without a test runner', () => {
  const failing: Check<StorageSubject> = {
    name: 'fails',
    run: async () => {
      throw new Error('as planned');
    },
  };

  it('tests are data: a name, the reason of a skip, and a run that needs no arguments', async () => {
    const skip = { reopening: 'nothing is kept' };
    const tests = conformanceTests([passing, reopening], { open: openMemoryStorage, skip });
    expect(tests.map(({ name, skipped }) => [name, skipped])).toEqual([
      ['passes', undefined],
      ['opens again', 'nothing is kept'],
    ]);
    expect(tests[0]!.run).toHaveLength(0);
    await tests[0]!.run();
  });

  it('a run reports what passed, what failed and what was skipped', async () => {
    const report = await runConformance([passing, failing, reopening], {
      open: openMemoryStorage,
      skip: { reopening: 'nothing is kept' },
    });
    expect(report).toMatchObject({
      passed: ['passes'],
      failed: [{ name: 'fails', error: { message: 'as planned' } }],
      skipped: [{ name: 'opens again', reason: 'nothing is kept' }],
    });
  });

  it('a process that cannot load the module fails the check, and tells why', async () => {
    const asking: Check<StorageSubject> = {
      name: 'starts a process',
      needs: ['processes'],
      run: async ({ startProcesses }) => void (await startProcesses(1, 'same')),
    };
    const otherProcess = { module: new URL('./no-such-module.js', import.meta.url), args: [], absentArgs: [] };
    const { failed } = await runConformance([asking], { open: () => ({ storage: openMemoryStorage(), otherProcess }) });
    expect(failed).toMatchObject([{ error: { message: expect.stringContaining('has ended (1)') } }]);
    const { failed: unmet } = await runConformance([asking], { open: openMemoryStorage });
    expect(unmet).toMatchObject([{ error: { message: expect.stringContaining("'otherProcess'") } }]);
  });
});

describe('storageChecks', () => {
  it('have names of their own', () => {
    const names = storageChecks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
