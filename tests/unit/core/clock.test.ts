import { execFileSync } from 'node:child_process';
import { InterruptedError, ManualClock, systemClock } from '@mlperf/core';
import { afterEach, describe, expect, it, vi } from 'vitest';

const aborted = expect.objectContaining({ name: 'InterruptedError', code: 'ABORTED', message: 'sleep was aborted' });
const listenersOf = (signal: AbortSignal) => {
  let count = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count--;
    remove(...args);
  };
  return () => count;
};

describe('ManualClock', () => {
  it('stands still until it is moved, and never goes back', () => {
    const clock = new ManualClock(1000);
    expect(clock.now()).toBe(1000);
    clock.advance(250);
    expect(clock.now()).toBe(1250);
    clock.setTime(1100);
    clock.advance(-50);
    expect(clock.now()).toBe(1250);
  });

  it('wakes sleepers earliest first, and those due together in the order they fell asleep', async () => {
    const clock = new ManualClock();
    const woken: string[] = [];
    const sleepers = [
      clock.sleep(30).then(() => woken.push('late')),
      clock.sleep(10).then(() => woken.push('first of two')),
      clock.sleep(20).then(() => woken.push('middle')),
      clock.sleep(10).then(() => woken.push('second of two')),
    ];
    clock.advance(30);
    await Promise.all(sleepers);
    expect(woken).toEqual(['first of two', 'second of two', 'middle', 'late']);
  });

  it('wakes nobody before the time, and somebody exactly at it', async () => {
    const clock = new ManualClock(5);
    const wake = vi.fn();
    const sleeper = clock.sleep(10).then(wake);
    clock.setTime(14);
    await Promise.resolve();
    expect(wake).not.toHaveBeenCalled();
    clock.setTime(15);
    await sleeper;
    expect(wake).toHaveBeenCalledOnce();
  });

  it('lets a sleep of no time pass at once', async () => {
    const clock = new ManualClock();
    await clock.sleep(0);
    await clock.sleep(-5);
    expect(clock.now()).toBe(0);
  });

  it('rejects a sleep when its signal aborts, and wakes it no more', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const sleeper = clock.sleep(10, controller.signal);
    controller.abort();
    await expect(sleeper).rejects.toEqual(aborted);
    clock.advance(10);
    await expect(clock.sleep(10, controller.signal)).rejects.toBeInstanceOf(InterruptedError);
  });

  it('lets go of the signal once a sleep is over', async () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const count = listenersOf(signal);
    const sleeper = clock.sleep(10, signal);
    expect(count()).toBe(1);
    clock.advance(10);
    await sleeper;
    expect(count()).toBe(0);
  });

  it('refuses a time that is no number', async () => {
    const clock = new ManualClock();
    const refused = expect.objectContaining({ code: 'NOT_FINITE' });
    expect(() => new ManualClock(Number.NaN)).toThrow(refused);
    expect(() => clock.setTime(Number.NaN)).toThrow('a time must be a finite number of milliseconds; got NaN');
    expect(() => clock.advance(Number.POSITIVE_INFINITY)).toThrow(refused);
    await expect(clock.sleep(Number.NaN)).rejects.toEqual(refused);
    expect(clock.now()).toBe(0);
  });
});

describe('systemClock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells the time of the machine and sleeps by its timers', async () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    expect(systemClock.now()).toBe(1_700_000_000_000);
    const wake = vi.fn();
    const sleeper = systemClock.sleep(1000).then(wake);
    await vi.advanceTimersByTimeAsync(999);
    expect(wake).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await sleeper;
    expect(systemClock.now()).toBe(1_700_000_001_000);
  });

  it('sleeps for months, longer than one timer of the platform can', async () => {
    vi.useFakeTimers({ now: 0 });
    const days = 86_400_000;
    const wake = vi.fn();
    const sleeper = systemClock.sleep(60 * days).then(wake);
    await vi.advanceTimersByTimeAsync(60 * days - 1);
    expect(wake).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await sleeper;
    expect(wake).toHaveBeenCalledOnce();
  });

  it('rejects when the signal aborts, before, during, and in a later part of a long sleep', async () => {
    vi.useFakeTimers({ now: 0 });
    await expect(systemClock.sleep(10, AbortSignal.abort())).rejects.toEqual(aborted);
    for (const passed of [0, 30 * 86_400_000]) {
      const controller = new AbortController();
      const rejection = expect(systemClock.sleep(60 * 86_400_000, controller.signal)).rejects.toEqual(aborted);
      await vi.advanceTimersByTimeAsync(passed);
      controller.abort();
      await rejection;
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  it('lets go of the signal once a sleep is over', async () => {
    vi.useFakeTimers({ now: 0 });
    const { signal } = new AbortController();
    const count = listenersOf(signal);
    const sleeper = systemClock.sleep(10, signal);
    await vi.advanceTimersByTimeAsync(10);
    await sleeper;
    expect(count()).toBe(0);
  });

  it('lets a sleep of no time pass at once and refuses one of no number', async () => {
    await systemClock.sleep(0);
    await systemClock.sleep(-1);
    await expect(systemClock.sleep(Number.NaN)).rejects.toEqual(expect.objectContaining({ code: 'NOT_FINITE' }));
  });

  it.for([
    ['keeps the process alive while somebody waits', '50', 'slept\nover\n'],
    ['does not keep the process alive in the background', '600_000, undefined, { background: true }', 'over\n'],
  ])('%s', ([, sleep, printed]) => {
    const script = `import { systemClock } from '@mlperf/core';
      systemClock.sleep(${sleep}).then(() => console.log('slept'));
      process.on('exit', () => console.log('over'));`;
    const args = ['--conditions=@mlperf/source', '--input-type=module', '--eval', script];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 })).toBe(printed);
  });
});
