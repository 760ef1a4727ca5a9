import { describe, expect, it } from 'vitest';
import { CronSchedule } from '../../../../../packages/registry/src/retraining/schedule/cron-schedule.ts';

const at = (iso: string) => Date.parse(iso);

/** The runs after one time up to another, as ISO text. */
function runs(schedule: CronSchedule, from: string, to: string): string[] {
  const found: string[] = [];
  for (let next = schedule.nextRun(at(from)); next !== undefined && next <= at(to); next = schedule.nextRun(next)) {
    found.push(new Date(next).toISOString().slice(0, 16));
  }
  return found;
}

describe('the runs of a schedule', () => {
  it.each([
    ['daily', ['2026-01-02T00:00', '2026-01-03T00:00']],
    ['weekly', ['2026-01-05T00:00']],
    ['monthly', ['2026-02-01T00:00']],
    ['30 6 * * 1-5', ['2026-01-01T06:30', '2026-01-02T06:30']],
  ])('of %s', (schedule, expected) => {
    expect(
      runs(new CronSchedule(schedule, 'UTC'), '2026-01-01T00:00Z', '2026-02-01T00:00Z').slice(0, expected.length),
    ).toEqual(expected);
  });

  it('are at midnight of their time zone', () => {
    const berlin = new CronSchedule('daily', 'Europe/Berlin');
    expect(runs(berlin, '2026-07-01T00:00Z', '2026-07-02T23:00Z')).toEqual(['2026-07-01T22:00', '2026-07-02T22:00']);
  });

  // Clocks go forward on 29 March in Berlin (02:00 → 03:00) and on 8 March in New York; back on 25 October, 1 November.
  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-03-28T00:00Z', ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']],
    [
      'America/New_York',
      '30 2 * * *',
      '2026-03-07T00:00Z',
      ['2026-03-07T07:30', '2026-03-08T07:00', '2026-03-09T06:30'],
    ],
  ])('come at the end of an hour that is skipped, %s', (timezone, pattern, from, expected) => {
    const schedule = new CronSchedule(pattern, timezone);
    expect(runs(schedule, from, new Date(at(from) + 3 * 86_400_000).toISOString())).toEqual(expected);
  });

  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-10-24T00:00Z', ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']],
    [
      'America/New_York',
      '30 1 * * *',
      '2026-10-31T00:00Z',
      ['2026-10-31T05:30', '2026-11-01T05:30', '2026-11-02T06:30'],
    ],
  ])('come once in an hour that is repeated, %s', (timezone, pattern, from, expected) => {
    const schedule = new CronSchedule(pattern, timezone);
    expect(runs(schedule, from, new Date(at(from) + 3 * 86_400_000).toISOString())).toEqual(expected);
  });

  it.each([
    ['Europe/Berlin', '2026-03-28T12:00Z'],
    ['Europe/Berlin', '2026-10-24T12:00Z'],
    ['America/New_York', '2026-03-07T12:00Z'],
    ['America/New_York', '2026-10-31T12:00Z'],
  ])('of every hour are 24 to a day of 24 hours, also in %s when clocks change (%s)', (timezone, from) => {
    const hourly = new CronSchedule('0 * * * *', timezone);
    expect(runs(hourly, from, new Date(at(from) + 86_400_000).toISOString())).toHaveLength(24);
  });

  it.each(['Europe/Berlin', 'America/New_York'])(
    'are the same looked at backwards and forwards, through a year of %s',
    (timezone) => {
      for (const pattern of ['30 2 * * *', '30 1 * * *', 'weekly']) {
        const schedule = new CronSchedule(pattern, timezone);
        let next = schedule.nextRun(at('2026-01-01T00:00Z'))!;
        while (next < at('2027-01-01T00:00Z')) {
          const following = schedule.nextRun(next)!;
          expect(schedule.latestRun(next)).toBe(next);
          expect(schedule.latestRun(next + 999)).toBe(next);
          expect(schedule.latestRun(following - 1)).toBe(next);
          next = following;
        }
      }
    },
  );

  it.each([
    ['every now and then', 'UTC', 'must be daily, weekly, monthly or a cron pattern'],
    ['61 * * * *', 'UTC', 'Invalid value for minute'],
    ['', 'UTC', 'must be daily'],
    ['2026-01-01T00:00:00', 'UTC', 'a time that never comes'],
    ['0 0 31 2 *', 'UTC', 'a time that never comes'],
    ['constructor', 'UTC', 'must be daily'],
    ['daily', 'Europe/Atlantis', "got 'Europe/Atlantis'"],
    ['daily', '', 'IANA'],
  ])('are refused for %j in %j', (schedule, timezone, words) => {
    expect(() => new CronSchedule(schedule, timezone)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining(words) }),
    );
  });
});
