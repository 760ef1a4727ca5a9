import { type ChartSpec, chartSpec } from '../chart.ts';
import { INK, STATE_STYLES } from '../style/palette.ts';
import { CHART_HEIGHT, CHART_WIDTH } from '../style/theme.ts';
import { bestFirst, readTrials, reportsOf } from '../trials/chart-trials.ts';
import { count, thinTrials } from '../trials/thin-trials.ts';
import {
  type PositionChannel,
  stateScales,
  subtitle,
  type TooltipChannel,
  trialDatum,
  trialTooltip,
} from './chart-parts.ts';
import { emptyChart } from './empty-chart.ts';
import type { ExperimentSet } from './experiment-set.ts';

const MOST_CURVES = 120;
const MOST_REPORTS = 200;
const TITLE = 'Intermediate values';

/**
 * What trials reported step by step, such as the mean over the folds so far: one curve each, pruned ones dashed and
 * ended by a diamond, the best complete trial bold.
 * @remarks At most 120 trials with reports (the best 60 and every k-th of the others), and of each at most 200 reports
 * at even steps, its last one included. O(n log n).
 * @throws `INVALID_RECORD` for an experiment of another study.
 */
export function intermediateValues(set: ExperimentSet): ChartSpec {
  const all = readTrials(set);
  const reporting = all.trials.filter((trial) => reportsOf(trial).length > 0);
  if (reporting.length === 0) return emptyChart(TITLE, all.subject, 'No trial has reported a value.');
  const { shown, note } = thinTrials(all, reporting, MOST_CURVES);
  const best = bestFirst(all).find((trial) => reportsOf(trial).length > 0)?.number;
  const rows = shown.flatMap((trial) =>
    evenly(reportsOf(trial), MOST_REPORTS).map((report) => ({
      ...trialDatum(trial),
      ...report,
      bold: trial.number === best,
    })),
  );
  const { color } = stateScales(shown);
  const dash = { domain: color.domain, range: color.domain.map((state) => (state === 'complete' ? [1, 0] : [4, 3])) };
  const x: PositionChannel = {
    field: 'step',
    type: 'quantitative',
    title: 'step',
    scale: { zero: false, nice: false },
    axis: { tickMinStep: 1, grid: false },
  };
  const y: PositionChannel = {
    field: 'value',
    type: 'quantitative',
    title: all.metricLabel,
    scale: { zero: false },
  };
  const tooltip: TooltipChannel = [{ field: 'step', type: 'quantitative', title: 'step' }, ...trialTooltip()];
  const curve = { x, y, detail: { field: 'trial', type: 'nominal' as const }, tooltip };
  return chartSpec({
    description: `${TITLE}: ${all.metricLabel} by step of ${count(shown.length)} trials.`,
    title: {
      text: TITLE,
      subtitle: subtitle(
        all.subject,
        best === undefined ? undefined : `bold: trial ${best}, the best that is complete`,
        note,
      ),
    },
    width: CHART_WIDTH,
    height: CHART_HEIGHT,
    layer: [
      {
        data: { values: rows.filter(({ bold }) => !bold) },
        mark: { type: 'line', strokeWidth: 1.2, opacity: 0.55, point: { size: 10, opacity: 0.55 } },
        encoding: {
          ...curve,
          color: { field: 'end', type: 'nominal', scale: color, title: 'trials' },
          strokeDash: { field: 'end', type: 'nominal', scale: dash, title: 'trials' },
        },
      },
      {
        data: {
          values: shown
            .filter(({ state }) => state === 'pruned')
            .map((trial) => ({ ...trialDatum(trial), ...reportsOf(trial).at(-1)! })),
        },
        mark: {
          type: 'point',
          shape: 'diamond',
          size: 48,
          filled: true,
          opacity: 0.9,
          color: STATE_STYLES.pruned.color,
        },
        encoding: { x, y, tooltip: tooltip },
      },
      {
        data: { values: rows.filter(({ bold }) => bold) },
        mark: { type: 'line', strokeWidth: 3, color: INK, point: { size: 28, color: INK } },
        encoding: curve,
      },
    ],
  });
}

/** At most `limit` of them, the first and the last included. */
function evenly<T>(values: readonly T[], limit: number): readonly T[] {
  if (values.length <= limit) return values;
  return Array.from({ length: limit }, (_, k) => values[Math.round((k * (values.length - 1)) / (limit - 1))]!);
}
