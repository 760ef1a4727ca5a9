import type { TrainingExperiment } from '@mlperf/core';
import { type ChartSpec, chartSpec } from '../chart.ts';
import { CHART_WIDTH } from '../style/theme.ts';
import { type ChartTrial, readTrials } from '../trials/chart-trials.ts';
import { count, thinTrials } from '../trials/thin-trials.ts';
import { type PositionChannel, stateScales, subtitle, type TooltipChannel, trialDatum } from './chart-parts.ts';
import { emptyChart } from './empty-chart.ts';
import type { ExperimentSet } from './experiment-set.ts';

const MOST_BARS = 1_000;
const MOST_ROWS = 64;
/** A bar is at least this part of the chart wide. */
const MOST_WIDTHS = 300;
const TITLE = 'Timeline';

export interface TimelineOptions {
  /**
   * Which worker ran it: one row each, by name. Default: trials that overlap stand in rows of their own, filled from
   * the first, which shows how many ran at once; where several workers are recorded, each has such rows of its own.
   */
  readonly workerOf?: (experiment: TrainingExperiment) => string | undefined;
}

/**
 * When each trial ran: a bar from `createdAt` (its start) as long as `trainingTimeSeconds`, in UTC.
 *
 * The training time is the sum over the folds: where the folds of a trial ran at once, its bar is longer than it took,
 * and where it waited between folds, shorter. A trial that is running has no length yet; it is a triangle at its start.
 * @remarks At most 1,000 trials (the best 500 and every k-th of the others) and 64 rows. O(n · rows).
 * @throws `INVALID_RECORD` for an experiment of another study.
 */
export function trialTimeline(set: ExperimentSet, options: TimelineOptions = {}): ChartSpec {
  const all = readTrials(set);
  const timed = all.trials.filter(({ experiment }) => Number.isFinite(experiment.createdAt + endOf(experiment)));
  if (timed.length === 0) return emptyChart(TITLE, all.subject, 'No trial has begun yet.');
  const { shown, note } = thinTrials(all, timed, MOST_BARS);
  const byStart = [...shown].sort((a, b) => a.experiment.createdAt - b.experiment.createdAt || a.number - b.number);
  const isShared = new Set(byStart.map(({ experiment }) => experiment.worker)).size > 1;
  const rowOf = rowsOf(byStart, options.workerOf, isShared);
  const rows = [...new Set(byStart.map((trial) => rowOf.get(trial)!))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const data = byStart
    .filter((trial) => rows.indexOf(rowOf.get(trial)!) < MOST_ROWS)
    .map((trial) => ({
      ...trialDatum(trial),
      row: rowOf.get(trial)!,
      from: trial.experiment.createdAt,
      to: endOf(trial.experiment),
      seconds: trial.experiment.trainingTimeSeconds,
    }));
  const from = data.reduce((least, bar) => Math.min(least, bar.from), Number.POSITIVE_INFINITY);
  const to = data.reduce((most, bar) => Math.max(most, bar.to), from + 1_000);
  // Too short a bar would not be seen.
  const bars = data.map((bar) => ({ ...bar, to: Math.max(bar.to, bar.from + (to - from) / MOST_WIDTHS) }));
  const { color } = stateScales(shown);
  const height = Math.min(rows.length, MOST_ROWS) * (rows.length > 16 ? 14 : 26);
  const x: PositionChannel = {
    field: 'from',
    type: 'temporal',
    title: 'time (UTC)',
    scale: { type: 'utc', nice: false, domain: [from, to] },
    axis: { grid: true, tickCount: 6, format: { hours: '%H:%M', seconds: '%H:%M:%S' }, labelOverlap: 'greedy' },
  };
  const y: PositionChannel = {
    field: 'row',
    type: 'nominal',
    title: options.workerOf !== undefined || isShared ? 'worker' : 'at once',
    sort: null,
    // Not sorted by Vega-Lite, which would write the names into an expression.
    scale: { domain: rows, paddingInner: 0.25 },
  };
  const tooltip: TooltipChannel = [
    { field: 'trial', type: 'quantitative', title: 'trial' },
    { field: 'state', type: 'nominal', title: 'state' },
    { field: 'seconds', type: 'quantitative', title: 'training time in seconds', format: '.4~g' },
    { field: 'parameters', type: 'nominal', title: 'hyperparameters' },
    { field: 'notes', type: 'nominal', title: 'notes' },
  ];
  return chartSpec({
    description: `${TITLE}: when ${count(data.length)} trials ran.`,
    title: {
      text: TITLE,
      subtitle: subtitle(
        all.subject,
        'bars: training time summed over the folds, from the start of the trial',
        note,
        rows.length > MOST_ROWS ? `the first ${MOST_ROWS} of ${count(rows.length)} rows` : undefined,
      ),
    },
    width: CHART_WIDTH,
    height: Math.max(height, 60),
    layer: [
      {
        data: { values: bars.filter(({ end }) => end !== 'running') },
        mark: { type: 'bar', cornerRadius: 2, stroke: '#ffffff', strokeWidth: 1, opacity: 0.9, minBandSize: 4 },
        encoding: {
          x,
          x2: { field: 'to' },
          y,
          color: { field: 'end', type: 'nominal', scale: color, title: 'trials' },
          tooltip,
        },
      },
      {
        data: { values: data.filter(({ end }) => end === 'running') },
        mark: { type: 'point', shape: 'triangle-right', size: 60, filled: true },
        encoding: { x, y, color: { field: 'end', type: 'nominal', scale: color, title: 'trials' }, tooltip },
      },
    ],
  });
}

function endOf({ createdAt, trainingTimeSeconds }: TrainingExperiment): number {
  return createdAt + 1_000 * trainingTimeSeconds;
}

/** Their workers; without, the lowest row of their own process that is free when they start. */
function rowsOf(
  byStart: readonly ChartTrial[],
  workerOf: TimelineOptions['workerOf'],
  isShared: boolean,
): ReadonlyMap<ChartTrial, string> {
  const rows = new Map<ChartTrial, string>();
  const freeByWorker = new Map<string, number[]>();
  for (const trial of byStart) {
    const { experiment } = trial;
    if (workerOf !== undefined) {
      rows.set(trial, workerOf(experiment) ?? 'not recorded');
      continue;
    }
    const worker = isShared ? (experiment.worker ?? 'not recorded') : '';
    const freeAt = freeByWorker.get(worker) ?? [];
    freeByWorker.set(worker, freeAt);
    const free = freeAt.findIndex((at) => at <= experiment.createdAt);
    const row = free === -1 ? freeAt.length : free;
    freeAt[row] = trial.state === 'running' ? Number.POSITIVE_INFINITY : endOf(experiment);
    rows.set(trial, `${worker} ${row + 1}`.trim());
  }
  return rows;
}
