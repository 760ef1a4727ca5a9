// Charts
export { type ChartSpec, type NamedChart, VEGA_LITE_SCHEMA } from './chart.ts';
// Experiments
export { type ExperimentChartsOptions, experimentCharts } from './experiments/experiment-charts.ts';
export type { ExperimentSet } from './experiments/experiment-set.ts';
export { intermediateValues } from './experiments/intermediate-values.ts';
export { optimizationHistory } from './experiments/optimization-history.ts';
export { parallelCoordinates } from './experiments/parallel-coordinates.ts';
export { type ImportanceChartInput, parameterImportanceChart } from './experiments/parameter-importance.ts';
export { slices } from './experiments/slices.ts';
export { type TimelineOptions, trialTimeline } from './experiments/trial-timeline.ts';
// Rendering
export { type HtmlOptions, renderHtml } from './render/render-html.ts';
export { renderSvg } from './render/render-svg.ts';
