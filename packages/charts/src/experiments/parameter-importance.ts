import { InvalidInputError } from '@mlperf/core';
import { type ChartSpec, chartSpec } from '../chart.ts';
import { BLUE, INK } from '../style/palette.ts';
import { CHART_WIDTH } from '../style/theme.ts';
import { type PositionChannel, subtitle } from './chart-parts.ts';
import { emptyChart } from './empty-chart.ts';

const MOST_BARS = 30;
const TITLE = 'Parameter importance';

export interface ImportanceChartInput {
  /** Shares by parameter, each in [0, 1], as `parameterImportance` of `@mlperf/tuning` gives them. */
  readonly importance: Readonly<Record<string, number>>;
  /** What it is about, below the title. */
  readonly subject?: string;
  /** How it was come by, such as `PED-ANOVA of 180 trials`. */
  readonly method?: string;
}

/**
 * How much each parameter decides the score: bars from the most important down, each a share of the whole.
 * @remarks At most 30 parameters.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a share outside [0, 1].
 */
export function parameterImportanceChart(input: ImportanceChartInput): ChartSpec {
  const shares = Object.entries(input.importance);
  for (const [parameter, share] of shares) {
    if (!(share >= 0 && share <= 1)) {
      throw new InvalidInputError('OUT_OF_RANGE', `the importance of '${parameter}' must be in [0, 1]; got ${share}`);
    }
  }
  const values = shares
    .map(([parameter, share]) => ({ parameter, share }))
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_BARS);
  const about = input.subject ?? '';
  if (values.length === 0) return emptyChart(TITLE, about, 'Too few trials are complete to tell.');
  const left = shares.length > MOST_BARS ? `the first ${MOST_BARS} of ${shares.length} parameters` : undefined;
  const x: PositionChannel = {
    field: 'share',
    type: 'quantitative',
    title: 'share of what decides the score',
    scale: { domain: [0, Math.min(1, 1.15 * Math.max(values[0]!.share, 0.1))], nice: false },
    axis: { format: '~%', tickCount: 5 },
  };
  const y: PositionChannel = {
    field: 'parameter',
    type: 'nominal',
    title: null,
    sort: null,
    // Not sorted by Vega-Lite, which would write the names into an expression.
    scale: { domain: values.map(({ parameter }) => parameter) },
    axis: { labelColor: INK, labelFontSize: 12, labelLimit: 280, domain: false, ticks: false },
  };
  return chartSpec({
    description: `${TITLE}: shares of ${values.length} parameters; the most important is ${values[0]!.parameter}.`,
    title: { text: TITLE, subtitle: subtitle(about, input.method, left) },
    width: CHART_WIDTH - 120,
    height: { step: 28 },
    data: { values },
    layer: [
      { mark: { type: 'bar', color: BLUE, cornerRadiusEnd: 3, height: { band: 0.66 } }, encoding: { x, y } },
      {
        mark: { type: 'text', align: 'left', dx: 6, color: INK, fontSize: 11.5 },
        encoding: { x, y, text: { field: 'share', type: 'quantitative', format: '.1%' } },
      },
    ],
  });
}
