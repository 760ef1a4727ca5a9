import { type Clock, type EventSource, systemClock } from '@mlperf/core';
import { SingleBar } from 'cli-progress';
import type { TunerEvents } from '../tuner-events.ts';
import { durationText, TimeLeft } from './time-left.ts';

export interface ProgressOptions {
  /** Where the bar is drawn. Default `process.stderr`, so that what a program prints stays clean. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /**
   * `terminal` draws on a terminal alone: a log gets nothing. `always` writes a line every ten seconds where there is
   * no terminal. Default `terminal`.
   */
  readonly where?: 'terminal' | 'always';
  /** When this is given, the bar is there at once, and not only when the first trial has ended. */
  readonly plannedTrials?: number;
  /** Of the time left. Default {@link systemClock}. */
  readonly clock?: Clock;
}

/** A bar that is being shown; `using` stops it too. */
export interface ShownProgress extends Disposable {
  /** Draws the last state, ends the line and listens no more. Idempotent. */
  stop(): void;
}

const LINE_EVERY_MS = 10_000;
const WHILE_NONE = 'none yet';

/**
 * Shows a tuner's searches as a bar: trials ended of those planned, the best score, how many were pruned and failed,
 * and about how long the rest will take ({@link TimeLeft}).
 *
 * The bar ends with each study and begins anew with the first trial of the next. Pruned and failed trials that a
 * resumed study found stored are counted when it ends.
 * @remarks A bar that is shown keeps the process alive: stop it when a search throws, as `using` does.
 * @example
 * using _ = showProgress(tuner);
 * await tuner.randomSearch(data, { nTrials: 100 });
 * // ███████████░░░░░░░░░░░░░ 46/100 trials · best 0.5731 · 9 pruned · 1 failed · about 4 min left
 */
export function showProgress(tuner: EventSource<TunerEvents>, options: ProgressOptions = {}): ShownProgress {
  const { stream = process.stderr, where = 'terminal', plannedTrials, clock = systemClock } = options;
  if (where === 'terminal' && stream.isTTY !== true) return { stop() {}, [Symbol.dispose]() {} };
  const bar = new StudyBar(stream, clock);
  if (plannedTrials !== undefined) bar.begin(plannedTrials);
  const unsubscribers = [
    tuner.on('trial-completed', (event) => bar.trialEnded(event)),
    tuner.on('study-completed', (event) => bar.studyEnded(event)),
  ];
  const stop = () => {
    for (const unsubscribe of unsubscribers) unsubscribe();
    bar.end();
  };
  return { stop, [Symbol.dispose]: stop };
}

class StudyBar {
  readonly #clock: Clock;
  readonly #bar: SingleBar;
  #shown = false;
  #studyId: string | undefined;
  #timeLeft: TimeLeft | undefined;
  #planned = 0;
  #finished = 0;
  #pruned = 0;
  #failed = 0;
  #best: number | undefined;

  constructor(stream: NodeJS.WritableStream, clock: Clock) {
    this.#clock = clock;
    this.#bar = new SingleBar({
      stream,
      format: (_, { progress }) => this.#line(progress),
      fps: 5,
      noTTYOutput: true,
      notTTYSchedule: LINE_EVERY_MS,
      // A process that dies in between must leave the terminal and its signals as they were.
      hideCursor: false,
      linewrap: true,
      gracefulExit: false,
    });
  }

  begin(planned: number): void {
    this.#planned = planned;
    this.#draw();
  }

  trialEnded(event: TunerEvents['trial-completed']): void {
    const { studyId, at, experiment, plannedTrials, finishedTrials, bestScore } = event;
    const another = this.#studyId !== undefined && studyId !== this.#studyId;
    if (!this.#shown || another) {
      this.end();
      this.#timeLeft = undefined;
      this.#pruned = 0;
      this.#failed = 0;
    }
    this.#studyId = studyId;
    this.#timeLeft ??= new TimeLeft(experiment.createdAt);
    this.#timeLeft.ended(at);
    this.#planned = plannedTrials;
    this.#finished = finishedTrials;
    this.#best = bestScore;
    if (experiment.state === 'pruned') this.#pruned++;
    if (experiment.state === 'failed') this.#failed++;
    this.#draw();
  }

  studyEnded(event: TunerEvents['study-completed']): void {
    if (!this.#shown) return;
    this.#pruned = event.prunedTrials;
    this.#failed = event.failedTrials;
    this.#finished = event.completeTrials + event.prunedTrials + event.failedTrials;
    this.#best = event.best?.score;
    this.#draw();
    this.end();
  }

  end(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#bar.stop();
  }

  #draw(): void {
    if (!this.#shown) {
      this.#shown = true;
      this.#bar.start(this.#planned, this.#finished);
      return;
    }
    this.#bar.setTotal(this.#planned);
    this.#bar.update(this.#finished);
  }

  #line(progress: number): string {
    const parts = [
      `${barText(progress)} ${this.#finished}/${this.#planned} trials`,
      `best ${this.#best === undefined ? WHILE_NONE : scoreText(this.#best)}`,
    ];
    if (this.#pruned > 0) parts.push(`${this.#pruned} pruned`);
    if (this.#failed > 0) parts.push(`${this.#failed} failed`);
    const left = this.#shown ? this.#timeLeft?.estimate(this.#planned - this.#finished, this.#clock.now()) : undefined;
    if (left !== undefined && this.#finished < this.#planned) parts.push(`about ${durationText(left)} left`);
    return parts.join(' · ');
  }
}

const BAR_WIDTH = 24;

function barText(progress: number): string {
  const full = Math.round(progress * BAR_WIDTH);
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

function scoreText(score: number): string {
  return String(Number(score.toPrecision(4)));
}
