import type { Clock, PerformanceStorage, RetrainingTrigger } from '@mlperf/core';
import { changePolicyMarks, type PolicyMarks, readPolicyMarks } from '../policy-marks.ts';
import { CronSchedule, type RetrainingSchedule } from './cron-schedule.ts';

export interface ScheduleOptions {
  /** A name of the IANA database. Default `UTC`. */
  readonly timezone?: string;
}

/** A schedule that a manager follows. */
export interface ScheduledRetraining {
  readonly schedule: RetrainingSchedule;
  readonly timezone: string;
  /** Epoch milliseconds, on the manager's clock; absent once stopped. */
  readonly nextRunAt: number | undefined;
  /** This manager follows it no longer. Idempotent. */
  stop(): void;
}

/** Runs that have come and that no retraining stands for yet. */
export interface DueRuns {
  readonly trigger: RetrainingTrigger;
  /** The latest run of each schedule by its key, epoch milliseconds. */
  readonly runs: Readonly<Record<string, number>>;
}

/** Most schedules a model name remembers; the ones that ran longest ago are forgotten. */
const MAX_REMEMBERED = 100;

/** The schedules one manager follows. Which of their runs have begun is stored, for every manager of the name. */
export class RetrainingSchedules {
  readonly #storage: PerformanceStorage;
  readonly #modelName: string;
  readonly #clock: Clock;
  readonly #followed = new Set<CronSchedule>();

  constructor(storage: PerformanceStorage, modelName: string, clock: Clock) {
    this.#storage = storage;
    this.#modelName = modelName;
    this.#clock = clock;
  }

  /** Follows a schedule; its runs count from the first time it was set for this model name. */
  async follow(schedule: RetrainingSchedule, { timezone = 'UTC' }: ScheduleOptions): Promise<ScheduledRetraining> {
    const cron = new CronSchedule(schedule, timezone);
    const now = this.#clock.now();
    await this.#storage.transaction((tx) =>
      changePolicyMarks(tx, this.#modelName, now, (marks) =>
        begun(marks, { [cron.key]: marks.schedules[cron.key] ?? now }),
      ),
    );
    this.#followed.add(cron);
    const followed = this.#followed;
    const clock = this.#clock;
    return {
      schedule,
      timezone,
      get nextRunAt() {
        return followed.has(cron) ? cron.nextRun(clock.now()) : undefined;
      },
      stop: () => {
        followed.delete(cron);
      },
    };
  }

  /** The next run of any, epoch milliseconds. */
  nextRunAt(): number | undefined {
    const runs = [...this.#followed].map((cron) => cron.nextRun(this.#clock.now()));
    const known = runs.filter((run) => run !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** However many runs of however many schedules have come, they are one reason to retrain. */
  async due(): Promise<DueRuns | undefined> {
    if (this.#followed.size === 0) return undefined;
    const { schedules } = await readPolicyMarks(this.#storage, this.#modelName);
    const now = this.#clock.now();
    const runs: Record<string, number> = {};
    const told: CronSchedule[] = [];
    for (const cron of this.#followed) {
      const latest = cron.latestRun(now);
      if (latest === undefined || latest <= (schedules[cron.key] ?? now)) continue;
      runs[cron.key] = latest;
      told.push(cron);
    }
    const [first] = told;
    if (first === undefined) return undefined;
    const triggeredAt = runs[first.key]!;
    const which = told.map(({ schedule, timezone }) => `${schedule} (${timezone})`).join(', ');
    return {
      runs,
      trigger: {
        triggerType: 'time_based',
        name: first.key,
        triggeredAt,
        reason: `scheduled ${which} for ${new Date(triggeredAt).toISOString()}`,
      },
    };
  }
}

/** Whether another manager's retraining stands for these runs already. */
export function haveBegun(marks: PolicyMarks, runs: DueRuns['runs']): boolean {
  return Object.entries(runs).every(([key, run]) => (marks.schedules[key] ?? Number.NEGATIVE_INFINITY) >= run);
}

/** The marks with these runs begun. */
export function begun(marks: PolicyMarks, runs: DueRuns['runs']): PolicyMarks {
  const all = Object.entries({ ...marks.schedules, ...runs }).sort(([, a], [, b]) => b - a);
  return { ...marks, schedules: Object.fromEntries(all.slice(0, MAX_REMEMBERED)) };
}
