import { BLUE, INK, MUTED, RULE } from './palette.ts';

const FONT = "Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif";

/** How every chart looks: on white, thin rules, a title at the left with what is shown below it. */
export const THEME = {
  background: '#ffffff',
  font: FONT,
  padding: 12,
  view: { stroke: null },
  title: {
    anchor: 'start',
    frame: 'group',
    color: INK,
    fontSize: 16,
    fontWeight: 600,
    offset: 14,
    subtitleColor: MUTED,
    subtitleFontSize: 12,
    subtitlePadding: 5,
    // An id may have 500 characters.
    limit: 820,
  },
  axis: {
    domainColor: RULE,
    gridColor: '#edf0f4',
    tickColor: RULE,
    labelColor: MUTED,
    labelFontSize: 11,
    labelLimit: 160,
    labelPadding: 5,
    titleColor: INK,
    titleFontSize: 12,
    titleFontWeight: 500,
    titlePadding: 9,
    titleLimit: 320,
  },
  legend: {
    labelColor: INK,
    labelFontSize: 11,
    labelLimit: 220,
    titleColor: INK,
    titleFontSize: 11,
    titleFontWeight: 500,
    symbolSize: 70,
  },
  header: { labelColor: INK, labelFontSize: 12, titleColor: INK },
  concat: { spacing: 28 },
  // The chart's description speaks for it: a label on every one of a thousand marks helps nobody.
  mark: { color: BLUE, aria: false },
} as const;

/** Width of a whole chart in pixels. */
export const CHART_WIDTH = 640;
export const CHART_HEIGHT = 320;
