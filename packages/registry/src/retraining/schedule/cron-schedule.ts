import { InvalidInputError } from '@mlperf/core';
import { Cron } from 'croner';

/** How often to retrain: at midnight of every day, Monday or first of a month, or a cron pattern of five or six fields. */
export type RetrainingSchedule = 'daily' | 'weekly' | 'monthly' | (string & {});

const PATTERNS: Readonly<Record<string, string>> = { daily: '0 0 * * *', weekly: '0 0 * * 1', monthly: '0 0 1 * *' };
const SECOND_MS = 1_000;

/**
 * The runs of a schedule, in a time zone.
 *
 * At the change to summer time, a time of day that is skipped comes at the first moment after the gap; at the change
 * back, a time that comes twice counts once, the first. A pattern that names no single time (`0 * * * *`) leaves out what
 * is skipped and takes both.
 * @see the package croner, which computes them
 * @example new CronSchedule('daily', 'Europe/Berlin').nextRun(Date.UTC(2026, 2, 28, 23)); // Date.UTC(2026, 2, 29, 22)
 */
export class CronSchedule {
  readonly schedule: RetrainingSchedule;
  /** As cron has it. */
  readonly pattern: string;
  readonly timezone: string;
  readonly #cron: Cron;

  /** @throws {@link InvalidInputError} `INVALID_CONFIG` for a pattern or time zone that is none. */
  constructor(schedule: RetrainingSchedule, timezone: string) {
    this.schedule = schedule;
    this.pattern = Object.hasOwn(PATTERNS, schedule) ? PATTERNS[schedule]! : schedule;
    this.timezone = timezone;
    requireTimezone(timezone);
    try {
      this.#cron = new Cron(this.pattern, { timezone, paused: true, mode: '5-or-6-parts' });
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new InvalidInputError(
        'INVALID_CONFIG',
        `schedule must be daily, weekly, monthly or a cron pattern of five or six fields; got '${schedule}': ${problem}`,
        { cause },
      );
    }
    // croner takes a single date as well, whose run may be to come.
    const isDate = this.pattern.trim().split(/\s+/).length < 5;
    if (isDate || this.#cron.nextRuns(1, new Date(0)).length === 0) {
      throw new InvalidInputError(
        'INVALID_CONFIG',
        `schedule must have runs without end; '${schedule}' names a time that never comes, or comes once`,
      );
    }
  }

  /** Names it among the schedules of a model name. */
  get key(): string {
    return `${this.pattern} | ${this.timezone}`;
  }

  /** The latest run at or before `at`, epoch milliseconds. */
  latestRun(at: number): number | undefined {
    // Runs are at whole seconds, and croner's previous run lies before the time given.
    const after = (Math.floor(at / SECOND_MS) + 1) * SECOND_MS;
    return this.#cron.previousRuns(1, new Date(after))[0]?.getTime();
  }

  /** The first run after `at`, epoch milliseconds. */
  nextRun(at: number): number | undefined {
    return this.#cron.nextRuns(1, new Date(at))[0]?.getTime();
  }
}

function requireTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch (cause) {
    throw new InvalidInputError(
      'INVALID_CONFIG',
      `timezone must be a name of the IANA database, such as Europe/Berlin; got '${timezone}'`,
      { cause },
    );
  }
}
