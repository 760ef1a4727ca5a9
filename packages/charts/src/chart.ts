import type { JsonObject, JsonValue } from '@mlperf/core';
import type { TopLevelSpec } from 'vega-lite';
import { THEME } from './style/theme.ts';

export const VEGA_LITE_SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** A Vega-Lite specification with its data inside: plain JSON that any Vega-Lite 6 renders. */
export interface ChartSpec extends JsonObject {
  readonly $schema: typeof VEGA_LITE_SCHEMA;
  /** What the chart shows, in words: for screen readers. */
  readonly description: string;
  readonly title: JsonValue;
}

/** A chart that has been told apart from others of a page. */
export interface NamedChart {
  /** Unique on its page, such as `optimization-history`. */
  readonly name: string;
  readonly spec: ChartSpec;
}

/** Plain data with the theme and the schema; what is `undefined` is not in it. */
export function chartSpec(spec: TopLevelSpec & Pick<ChartSpec, 'description' | 'title'>): ChartSpec {
  return JSON.parse(JSON.stringify({ $schema: VEGA_LITE_SCHEMA, config: THEME, ...spec }));
}
