import { type ChartSpec, chartSpec } from '../chart.ts';
import { INK, VERMILLION } from '../style/palette.ts';
import { CHART_HEIGHT, CHART_WIDTH } from '../style/theme.ts';
import { type ChartTrial, type ChartTrials, isBetter, isScored, readTrials } from '../trials/chart-trials.ts';
import { scoreRange } from '../trials/score-range.ts';
import { count, thinTrials } from '../trials/thin-trials.ts';
import { type PositionChannel, stateScales, subtitle, trialDatum, trialTooltip } from './chart-parts.ts';
import { emptyChart } from './empty-chart.ts';
import type { ExperimentSet } from './experiment-set.ts';

const MOST_POINTS = 2_000;
const TITLE = 'Optimization history';

/**
 * Every trial's score by its number, and the best score so far.
 *
 * The step line is over complete trials alone: what a pruned trial reported last was reached with less and does not
 * compete. Failed trials have no score; they are crosses along the lower edge.
 * @remarks Above 2,000 trials the best 1,000 are shown and every k-th of the others; the line is of all trials.
 * O(n log n).
 * @throws `INVALID_RECORD` for an experiment of another study.
 */
export function optimizationHistory(set: ExperimentSet): ChartSpec {
  const all = readTrials(set);
  const ended = all.trials.filter(({ state }) => state !== 'running');
  if (ended.length === 0) return emptyChart(TITLE, all.subject, 'No trial has ended yet.');
  const placed = ended.filter(({ value }) => value !== undefined);
  const unplaced = ended.filter(({ value }) => value === undefined);
  const points = thinTrials(all, placed, MOST_POINTS);
  const crosses = thinTrials(all, unplaced, MOST_POINTS / 4);
  const values = placed.map((trial) => trial.value!);
  const range = values.length === 0 ? undefined : scoreRange(values, all.direction);
  const { color, shape } = stateScales(ended);
  const better = all.direction === 'maximize' ? 'higher is better' : 'lower is better';
  const last = all.trials.at(-1)!.number;
  const x: PositionChannel = {
    field: 'trial',
    type: 'quantitative',
    title: 'trial',
    scale: { domain: [0, Math.max(1, last)], nice: false },
    axis: { tickMinStep: 1, format: ',d', grid: false },
  };
  const y: PositionChannel = {
    field: 'value',
    type: 'quantitative',
    title: `${all.metricLabel} (${better})`,
    scale: {
      zero: false,
      nice: false,
      clamp: true,
      ...(range === undefined ? {} : { domain: [range.low, range.high] }),
    },
  };
  return chartSpec({
    description: `${TITLE}: ${all.metricLabel} of ${count(ended.length)} trials by their number, and the best so far.`,
    title: {
      text: TITLE,
      subtitle: subtitle(all.subject, countsText(ended), points.note ?? crosses.note, range?.note),
    },
    width: CHART_WIDTH,
    height: CHART_HEIGHT,
    layer: [
      {
        data: { values: points.shown.map((trial) => ({ ...trialDatum(trial), value: trial.value! })) },
        mark: { type: 'point', size: 42, opacity: 0.75, strokeWidth: 1.4, filled: false },
        encoding: {
          x,
          y,
          color: { field: 'end', type: 'nominal', scale: color, title: 'trials' },
          shape: { field: 'end', type: 'nominal', scale: shape, title: 'trials' },
          tooltip: trialTooltip(),
        },
      },
      {
        data: { values: bestSoFar(all, last) },
        mark: { type: 'line', interpolate: 'step-after', color: INK, strokeWidth: 2 },
        encoding: { x, y },
      },
      {
        // At the right end, also of a study of one trial.
        data: {
          values: bestSoFar(all, last)
            .slice(-1)
            .map((row) => ({ ...row, trial: Math.max(1, last) })),
        },
        mark: {
          type: 'text',
          align: 'right',
          baseline: 'bottom',
          dx: -2,
          dy: all.direction === 'maximize' ? -6 : 18,
          color: INK,
          fontWeight: 600,
        },
        encoding: { x, y, text: { field: 'label', type: 'nominal' } },
      },
      {
        data: { values: crosses.shown.map(trialDatum) },
        mark: {
          type: 'point',
          shape: 'cross',
          color: VERMILLION,
          size: 42,
          strokeWidth: 1.4,
          filled: false,
          opacity: 0.9,
        },
        encoding: {
          x,
          y: { value: CHART_HEIGHT - 6 },
          tooltip: [
            { field: 'trial', type: 'quantitative', title: 'trial' },
            { field: 'state', type: 'nominal', title: 'state' },
            { field: 'notes', type: 'nominal', title: 'reason' },
            { field: 'parameters', type: 'nominal', title: 'hyperparameters' },
          ],
        },
      },
    ],
  });
}

/** Where the best score changes, and the last trial. */
function bestSoFar({ trials, direction, metricLabel }: ChartTrials, last: number) {
  const steps: { trial: number; value: number; label: string }[] = [];
  for (const trial of trials) {
    const best = steps.at(-1);
    if (!isScored(trial) || (best !== undefined && !isBetter(trial.value, best.value, direction))) continue;
    steps.push({ trial: trial.number, value: trial.value, label: '' });
  }
  const best = steps.at(-1);
  if (best !== undefined) {
    steps.push({
      trial: last,
      value: best.value,
      label: `best ${metricLabel} ${Number(best.value.toPrecision(5))}, trial ${best.trial}`,
    });
  }
  return steps;
}

function countsText(ended: readonly ChartTrial[]): string {
  const of = (state: string) => ended.filter((trial) => trial.state === state).length;
  const parts = [`${count(of('complete'))} complete`];
  if (of('pruned') > 0) parts.push(`${count(of('pruned'))} pruned (last value reported)`);
  if (of('failed') > 0) parts.push(`${count(of('failed'))} failed (lower edge)`);
  return `${count(ended.length)} trials: ${parts.join(', ')}`;
}
