import { type ChartSpec, chartSpec } from '../chart.ts';
import { INK, MUTED, RULE, SEQUENTIAL_SCHEME } from '../style/palette.ts';
import { CHART_HEIGHT } from '../style/theme.ts';
import { bestFirst, type ChartTrial, isScored, readTrials } from '../trials/chart-trials.ts';
import { axisPosition, axisValue, type ParameterAxis, parameterAxes } from '../trials/parameter-axes.ts';
import { count, thinTrials } from '../trials/thin-trials.ts';
import { parametersText, valueText } from '../trials/trial-text.ts';
import { type PositionChannel, subtitle } from './chart-parts.ts';
import { emptyChart } from './empty-chart.ts';
import type { ExperimentSet } from './experiment-set.ts';

const MOST_LINES = 400;
const MOST_PARAMETERS = 12;
const AXIS_GAP = 138;
/** Below the axes: where a trial passes that does not have the parameter. */
const ABSENT = -0.09;
const TITLE = 'Parallel coordinates';

/**
 * One line per complete trial through its score and its parameters, each axis from its low end to its high end and
 * logarithmic where the parameter is. Better trials are darker and lie on top. A trial without a parameter passes
 * below that axis.
 * @remarks At most 400 trials (the best 200 and every k-th of the others) and 12 parameters in the order of the space.
 * O(n log n).
 * @throws `INVALID_RECORD` for an experiment of another study or a space that cannot be read.
 */
export function parallelCoordinates(set: ExperimentSet): ChartSpec {
  const all = readTrials(set);
  const complete = all.trials.filter(isScored);
  if (complete.length === 0) return emptyChart(TITLE, all.subject, 'No trial is complete yet.');
  const parameters = parameterAxes(set, complete);
  if (parameters.length === 0) return emptyChart(TITLE, all.subject, 'No parameter differs between the experiments.');
  const { shown, note } = thinTrials(all, complete, MOST_LINES);
  const axes = [scoreAxis(all.metricLabel, complete), ...parameters.slice(0, MOST_PARAMETERS)];
  const best = bestFirst(all);
  const rank = new Map(best.map((trial, place) => [trial.experiment.experimentId, place]));
  const placeOf = (trial: ChartTrial) => rank.get(trial.experiment.experimentId)!;
  const bottomUp = [...shown].sort((a, b) => placeOf(b) - placeOf(a));
  const lines = bottomUp.flatMap((trial, order) => lineOf(trial, axes, order));
  const absent = new Set(lines.filter(({ position }) => position === ABSENT).map(({ axis }) => axis));
  const labels = [
    ...axes.flatMap(ticksOf),
    ...[...absent].sort((a, b) => a - b).map((axis) => ({ axis, position: ABSENT, label: 'not there' })),
  ];
  const x: PositionChannel = {
    field: 'axis',
    type: 'quantitative',
    scale: { domain: [0, axes.length - 1], nice: false, padding: 40 },
    axis: null,
  };
  const y: PositionChannel = {
    field: 'position',
    type: 'quantitative',
    scale: { domain: [ABSENT - 0.03, 1.02], nice: false, zero: false },
    axis: null,
  };
  const left =
    parameters.length > MOST_PARAMETERS ? `the first ${MOST_PARAMETERS} of ${parameters.length} parameters` : undefined;
  const legend = all.direction === 'maximize' ? 'higher is better' : 'lower is better';
  return chartSpec({
    description: `${TITLE}: ${count(shown.length)} complete trials through their ${all.metricLabel} and ${axes.length - 1} parameters.`,
    title: {
      text: TITLE,
      subtitle: subtitle(all.subject, `complete trials, ${all.metricLabel}: ${legend}; better is darker`, note, left),
    },
    width: Math.max(420, AXIS_GAP * (axes.length - 1) + 80),
    height: CHART_HEIGHT + 20,
    layer: [
      {
        data: { values: axes.map((_, axis) => ({ axis, position: 0, top: 1 })) },
        mark: { type: 'rule', color: RULE, strokeWidth: 1.5 },
        encoding: { x, y, y2: { field: 'top' } },
      },
      {
        data: { values: lines },
        mark: { type: 'line', strokeWidth: 1.3, opacity: 0.55, interpolate: 'monotone' },
        encoding: {
          x,
          y,
          detail: { field: 'order', type: 'ordinal' },
          color: {
            field: 'value',
            type: 'quantitative',
            title: all.metricLabel,
            scale: {
              scheme: SEQUENTIAL_SCHEME,
              // Dark is the better end in both directions.
              reverse: all.direction === 'maximize',
              domain: [Math.min(...shown.map(({ value }) => value!)), Math.max(...shown.map(({ value }) => value!))],
            },
            legend: { gradientLength: 160 },
          },
          tooltip: [
            { field: 'trial', type: 'quantitative', title: 'trial' },
            { field: 'value', type: 'quantitative', title: 'score', format: '.5~g' },
            { field: 'parameters', type: 'nominal', title: 'hyperparameters' },
          ],
        },
      },
      {
        data: { values: labels },
        mark: {
          type: 'text',
          align: 'left',
          dx: 5,
          color: MUTED,
          fontSize: 10.5,
          limit: AXIS_GAP - 14,
          stroke: '#ffffff',
          strokeWidth: 3,
          strokeOpacity: 0.9,
        },
        encoding: { x, y, text: { field: 'label', type: 'nominal' } },
      },
      {
        data: { values: labels },
        mark: { type: 'text', align: 'left', dx: 5, color: INK, fontSize: 10.5, limit: AXIS_GAP - 14 },
        encoding: { x, y, text: { field: 'label', type: 'nominal' } },
      },
      {
        data: {
          values: axes.map(({ name, scale }, axis) => ({ axis, label: scale === 'log' ? `${name} (log)` : name })),
        },
        mark: { type: 'text', color: INK, fontSize: 11, fontWeight: 600, limit: AXIS_GAP - 4 },
        encoding: { x, y: { value: -12 }, text: { field: 'label', type: 'nominal' } },
      },
    ],
  });
}

function lineOf(trial: ChartTrial, axes: readonly ParameterAxis[], order: number) {
  return axes.map((axis, place) => {
    const value = place === 0 ? trial.value : axisValue(axis, trial);
    return {
      order,
      axis: place,
      position: value === undefined ? ABSENT : axisPosition(axis, value),
      trial: trial.number,
      value: trial.value!,
      parameters: parametersText(trial.hyperparameters),
    };
  });
}

function scoreAxis(name: string, trials: readonly { readonly value: number }[]): ParameterAxis {
  const low = trials.reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = trials.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return { name, scale: 'linear', low, high, whole: false };
}

function ticksOf(axis: ParameterAxis, place: number) {
  if (axis.scale === 'category') {
    return axis.values.map((label) => ({ axis: place, position: axisPosition(axis, label), label }));
  }
  const { low, high } = axis;
  if (low === high) return [{ axis: place, position: 0.5, label: valueText(low) }];
  return [0, 0.5, 1].map((position) => {
    const value = axis.scale === 'log' ? low ** (1 - position) * high ** position : low + position * (high - low);
    return { axis: place, position, label: valueText(Number(value.toPrecision(3))) };
  });
}
