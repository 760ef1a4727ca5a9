import { Writable } from 'node:stream';
import { ManualClock, type TrainingExperiment, type TrialState, TypedEmitter } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { HyperparameterTuner, type ShownProgress, showProgress, type TunerEvents } from '@mlperf/tuning';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { durationText, TimeLeft } from '../../../../packages/tuning/src/progress/time-left.ts';
import { stumpFamily } from '../a-family.ts';
import { aSeries } from '../a-series.ts';

/** What moves the cursor and clears. */
const ESCAPE = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-9;?]*[A-Za-z]|[78])`, 'g');

class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns = 120;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  /** What was drawn last, without the escapes that place it. */
  get line(): string {
    const drawn = this.text.replace(ESCAPE, '\r').split(/[\r\n]+/);
    return drawn.filter((part) => part !== '').at(-1) ?? '';
  }
}

function trial(trialNumber: number, state: TrialState = 'complete'): TrainingExperiment {
  return {
    experimentId: `s/${trialNumber}`,
    trialNumber,
    modelType: 'forest',
    hyperparameters: {},
    cvScores: [],
    trainingTimeSeconds: 1,
    testMetrics: {},
    state,
    createdAt: 0,
  };
}

describe('the progress of a search', () => {
  let clock: ManualClock;
  let tuner: TypedEmitter<TunerEvents>;
  let shown: ShownProgress | undefined;

  beforeEach(() => {
    vi.useFakeTimers();
    clock = new ManualClock(0);
    tuner = new TypedEmitter<TunerEvents>();
  });
  afterEach(() => {
    shown?.stop();
    vi.useRealTimers();
  });

  const trialEnds = (number: number, state: TrialState, finishedTrials: number, bestScore?: number, studyId = 's') => {
    clock.advance(30_000);
    tuner.emit('trial-completed', {
      studyId,
      at: clock.now(),
      trialNumber: number,
      experiment: trial(number, state),
      finishedTrials,
      plannedTrials: 8,
      ...(bestScore === undefined ? {} : { bestScore }),
    });
    vi.advanceTimersByTime(1_000);
  };
  const studyEnds = (changes: Partial<TunerEvents['study-completed']> = {}) =>
    tuner.emit('study-completed', {
      studyId: 's',
      at: clock.now(),
      completeTrials: 6,
      prunedTrials: 1,
      failedTrials: 1,
      resumedTrials: 0,
      ...changes,
    });

  it('is one line on a terminal: trials, best, pruned, failed, time left', () => {
    const screen = new Screen(true);
    shown = showProgress(tuner, { stream: screen, clock });
    expect(screen.text).toBe('');
    trialEnds(0, 'failed', 1);
    expect(screen.line).toBe('███░░░░░░░░░░░░░░░░░░░░░ 1/8 trials · best none yet · 1 failed · about 4 min left');
    trialEnds(1, 'complete', 2, 0.53124);
    trialEnds(2, 'pruned', 3, 0.53124);
    expect(screen.line).toBe(
      '█████████░░░░░░░░░░░░░░░ 3/8 trials · best 0.5312 · 1 pruned · 1 failed · about 3 min left',
    );
    // No line of its own for each state.
    expect(screen.text).not.toContain('\n');
  });

  it('counts down while a trial runs, and not below what the trials after it will take', () => {
    const screen = new Screen(true);
    shown = showProgress(tuner, { stream: screen, clock });
    trialEnds(0, 'complete', 5, 0.5);
    expect(screen.line).toContain('about 2 min left');
    clock.advance(29_000);
    vi.advanceTimersByTime(1_000);
    expect(screen.line).toContain('about 1 min left');
    clock.advance(600_000);
    vi.advanceTimersByTime(1_000);
    expect(screen.line).toContain('about 1 min left');
  });

  it('ends with the study, in figures that count stored trials too', () => {
    const screen = new Screen(true);
    shown = showProgress(tuner, { stream: screen, clock });
    trialEnds(7, 'complete', 8, 0.55);
    studyEnds({ best: { trialNumber: 7, hyperparameters: {}, score: 0.55 } });
    expect(screen.line).toBe('████████████████████████ 8/8 trials · best 0.55 · 1 pruned · 1 failed');
    expect(screen.text.endsWith('\n')).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('begins anew with the next study', () => {
    const screen = new Screen(true);
    shown = showProgress(tuner, { stream: screen, clock });
    trialEnds(0, 'pruned', 4);
    studyEnds();
    trialEnds(0, 'complete', 1, 0.4, 'another');
    expect(screen.line).toMatch(/ 1\/8 trials · best 0\.4 · about/);
  });

  it('is there at once when it is told what to expect', () => {
    const screen = new Screen(true);
    shown = showProgress(tuner, { stream: screen, clock, plannedTrials: 8 });
    expect(screen.line).toBe('░░░░░░░░░░░░░░░░░░░░░░░░ 0/8 trials · best none yet');
  });

  it('fits the width of the terminal', () => {
    const screen = new Screen(true);
    Object.defineProperty(screen, 'columns', { value: 40 });
    shown = showProgress(tuner, { stream: screen, clock });
    trialEnds(0, 'complete', 1, 0.5);
    expect(screen.line).toHaveLength(40);
  });

  it('writes nothing where there is no terminal, and holds nothing', () => {
    const log = new Screen(false);
    shown = showProgress(tuner, { stream: log, clock, plannedTrials: 8 });
    trialEnds(0, 'complete', 1, 0.5);
    studyEnds();
    shown.stop();
    expect(log.text).toBe('');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('writes whole lines now and then where it is told to without a terminal, and no escapes', () => {
    const log = new Screen(false);
    shown = showProgress(tuner, { stream: log, clock, where: 'always' });
    for (let n = 0; n < 3; n++) trialEnds(n, 'complete', n + 1, 0.5);
    expect(log.text).toBe('███░░░░░░░░░░░░░░░░░░░░░ 1/8 trials · best 0.5 · about 4 min left\n');
    vi.advanceTimersByTime(10_000);
    expect(log.line).toContain('3/8 trials');
    expect(log.text.split('\n')).toHaveLength(3);
    expect(log.text).not.toContain('\u001b');
  });

  it('leaves no timer and no listener when it is stopped in the middle, and may be stopped twice', () => {
    const screen = new Screen(true);
    {
      using inner = showProgress(tuner, { stream: screen, clock });
      trialEnds(0, 'complete', 1, 0.5);
      inner.stop();
    }
    expect(vi.getTimerCount()).toBe(0);
    const before = screen.text;
    trialEnds(1, 'complete', 2, 0.5);
    expect(screen.text).toBe(before);
  });
});

describe('the progress of a real search', () => {
  it('counts every trial, the failed ones too', async () => {
    const screen = new Screen(true);
    const tuner = new HyperparameterTuner({
      family: stumpFamily(),
      // The last fold has the most training rows: every trial fails there.
      baseParams: { failFrom: 200 },
      storage: await openMemoryStorage(),
      seed: 'a-seed',
    });
    {
      using _ = showProgress(tuner, { stream: screen });
      await tuner.randomSearch(aSeries(300), { nTrials: 6 });
    }
    expect(screen.line).toBe('████████████████████████ 6/6 trials · best none yet · 6 failed');
    const another = new HyperparameterTuner({
      family: stumpFamily(),
      storage: await openMemoryStorage(),
      seed: 'a-seed',
    });
    using _ = showProgress(another, { stream: screen });
    const { best } = await another.randomSearch(aSeries(300), { nTrials: 6 });
    expect(screen.line).toBe(`████████████████████████ 6/6 trials · best ${Number(best!.score.toPrecision(4))}`);
  });
});

describe('the time left', () => {
  const ended = (ends: readonly number[]) => {
    const left = new TimeLeft(0);
    for (const at of ends) left.ended(at);
    return left;
  };

  it('is not known until a trial has ended, then the mean of what there is', () => {
    expect(ended([]).estimate(10, 5_000)).toBeUndefined();
    expect(ended([3_000, 4_000]).estimate(10, 4_000)).toBe(10 * (4_000 / 2));
  });

  it('is not moved by a pause of hours', () => {
    const steady = Array.from({ length: 40 }, (_, n) => 1_000 * (n + 1));
    const paused = steady.map((at, n) => (n < 20 ? at : at + 8 * 3_600_000));
    expect(ended(paused).estimate(100, paused.at(-1)!)).toBe(ended(steady).estimate(100, steady.at(-1)!));
    expect(ended(steady).estimate(100, steady.at(-1)!)).toBe(100_000);
  });

  it('is right when four workers end trials in bursts', () => {
    const bursts = Array.from({ length: 60 }, (_, n) => 4_000 * (Math.floor(n / 4) + 1) + (n % 4));
    const estimate = ended(bursts).estimate(100, bursts.at(-1)!)!;
    expect(Math.abs(estimate - 100_000)).toBeLessThan(1_000);
  });

  it('follows trials that take longer than those before', () => {
    const growing = Array.from({ length: 60 }, (_, n) => 1_000 * (n + 1));
    const slower = Array.from({ length: 60 }, (_, n) => 60_000 + 5_000 * (n + 1));
    expect(ended([...growing, ...slower]).estimate(10, slower.at(-1)!)).toBe(50_000);
  });

  it('is said as people say it', () => {
    expect(
      [0, 900, 59_000, 61_000, 3_540_000, 3_600_000, 5_000_000, 90_000_000, 172_800_000].map(durationText),
    ).toEqual(['0 s', '1 s', '59 s', '1 min', '59 min', '1 h', '1 h 23 min', '1 d 1 h', '2 d']);
  });
});
