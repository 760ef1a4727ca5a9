import { type ChartSpec, chartSpec } from '../chart.ts';
import { SEQUENTIAL_SCHEME } from '../style/palette.ts';
import { readTrials } from '../trials/chart-trials.ts';
import { axisValue, type ParameterAxis, parameterAxes } from '../trials/parameter-axes.ts';
import { scoreRange } from '../trials/score-range.ts';
import { count, thinTrials } from '../trials/thin-trials.ts';
import { type PositionChannel, stateScales, subtitle, trialDatum, trialTooltip } from './chart-parts.ts';
import { emptyChart } from './empty-chart.ts';
import type { ExperimentSet } from './experiment-set.ts';

const MOST_POINTS = 1_000;
const MOST_PARAMETERS = 24;
const PANEL_WIDTH = 190;
const PANEL_HEIGHT = 170;
const TITLE = 'Slices';

/**
 * The score against each parameter by itself, one panel each; later trials are lighter, so that it shows where the
 * sampler went. A logarithmic parameter has a logarithmic axis. A trial stands in no panel of a parameter it does not
 * have; failed trials have no score and stand in none.
 * @remarks At most 1,000 trials (the best 500 and every k-th of the others) and 24 parameters in the order of the
 * space. O(n log n).
 * @throws `INVALID_RECORD` for an experiment of another study or a space that cannot be read.
 */
export function slices(set: ExperimentSet): ChartSpec {
  const all = readTrials(set);
  const placed = all.trials.filter(({ state, value }) => state !== 'running' && value !== undefined);
  if (placed.length === 0) return emptyChart(TITLE, all.subject, 'No trial has a score yet.');
  const axes = parameterAxes(set, placed);
  if (axes.length === 0) return emptyChart(TITLE, all.subject, 'No parameter differs between the experiments.');
  const { shown, note } = thinTrials(all, placed, MOST_POINTS);
  const range = scoreRange(
    shown.map((trial) => trial.value!),
    all.direction,
  );
  const { shape } = stateScales(shown);
  const numbers = shown.map(({ number }) => number);
  const better = all.direction === 'maximize' ? 'higher is better' : 'lower is better';
  const left = axes.length > MOST_PARAMETERS ? `the first ${MOST_PARAMETERS} of ${axes.length} parameters` : undefined;
  return chartSpec({
    description: `${TITLE}: ${all.metricLabel} of ${count(shown.length)} trials against each of ${Math.min(axes.length, MOST_PARAMETERS)} parameters.`,
    title: {
      text: TITLE,
      subtitle: subtitle(all.subject, `${all.metricLabel}, ${better}; lighter is later`, note, range.note, left),
    },
    columns: 3,
    concat: axes.slice(0, MOST_PARAMETERS).map(
      (axis, panel) =>
        ({
          width: PANEL_WIDTH,
          height: PANEL_HEIGHT,
          data: {
            values: shown.flatMap((trial) => {
              const x = axisValue(axis, trial);
              return x === undefined ? [] : [{ ...trialDatum(trial), value: trial.value!, x }];
            }),
          },
          mark: { type: 'point', size: 34, opacity: 0.8, strokeWidth: 1.4, filled: false },
          encoding: {
            x: xChannel(axis),
            y: {
              field: 'value',
              type: 'quantitative',
              title: panel % 3 === 0 ? all.metricLabel : '',
              scale: { zero: false, nice: false, clamp: true, domain: [range.low, range.high] },
              axis: { tickCount: 5 },
            },
            color: {
              field: 'trial',
              type: 'quantitative',
              title: 'trial',
              scale: { scheme: SEQUENTIAL_SCHEME, domain: [numbers[0]!, Math.max(numbers.at(-1)!, numbers[0]! + 1)] },
              legend: { gradientLength: 120, format: ',d', tickMinStep: 1 },
            },
            shape: { field: 'end', type: 'nominal', scale: shape, title: 'trials' },
            tooltip: trialTooltip(),
          },
        }) as const,
    ),
    resolve: { scale: { color: 'shared', shape: 'shared' } },
  });
}

function xChannel(axis: ParameterAxis): PositionChannel {
  if (axis.scale === 'category') {
    return {
      field: 'x',
      type: 'nominal',
      title: axis.name,
      sort: null,
      scale: { domain: [...axis.values] },
      axis: { labelAngle: axis.values.join('').length > 24 ? -40 : 0, labelLimit: 80 },
    };
  }
  const domain: [number, number] = axis.low === axis.high ? [axis.low - 1, axis.low + 1] : [axis.low, axis.high];
  return {
    field: 'x',
    type: 'quantitative',
    title: axis.scale === 'log' ? `${axis.name} (log)` : axis.name,
    scale: {
      type: axis.scale === 'log' && axis.low < axis.high ? 'log' : 'linear',
      domain,
      nice: false,
      zero: false,
      padding: 6,
    },
    axis: {
      grid: false,
      tickCount: 4,
      ...(axis.scale === 'log' ? { format: '~g' } : {}),
      labelOverlap: 'greedy',
      ...(axis.whole ? { tickMinStep: 1 } : {}),
    },
  };
}
