import { type ChartSpec, chartSpec } from '../chart.ts';
import { MUTED } from '../style/palette.ts';
import { CHART_WIDTH } from '../style/theme.ts';

/** A chart of nothing says so, and why: an empty frame would look like a fault. */
export function emptyChart(title: string, subject: string, reason: string): ChartSpec {
  return chartSpec({
    description: `${title}: ${reason}`,
    title: { text: title, subtitle: subject },
    width: CHART_WIDTH,
    height: 120,
    data: { values: [{ reason }] },
    mark: { type: 'text', color: MUTED, fontSize: 14 },
    encoding: { text: { field: 'reason', type: 'nominal' } },
  });
}
