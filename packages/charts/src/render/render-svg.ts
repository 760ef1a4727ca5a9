import { InvalidInputError } from '@mlperf/core';
import type { ChartSpec } from '../chart.ts';
import { compileChart } from './compile-chart.ts';

/**
 * A chart as SVG text, drawn without a browser.
 * @returns the same bytes for the same specification and installed versions.
 * @throws {@link InvalidInputError} `INVALID_RECORD` for what is no Vega-Lite specification, or one that takes data or
 * pictures from elsewhere: nothing is fetched.
 * @remarks Loads Vega at the first call. Where the host has installed the npm package `canvas`, Vega measures text with
 * it; without, by estimate.
 * @example await writeFile('history.svg', await renderSvg(optimizationHistory({ study, experiments })));
 */
export async function renderSvg(spec: ChartSpec): Promise<string> {
  const compiled = await compileChart(spec);
  const { None, parse, View } = await import('vega');
  const view = new View(parse(compiled), { renderer: 'none', logLevel: None });
  try {
    return withStableIds(await view.toSVG());
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError('INVALID_RECORD', `a chart must be one that Vega can draw; ${message}`, {
      cause: error,
    });
  } finally {
    view.finalize();
  }
}

/** Vega numbers clip paths and gradients on from one drawing of the process to the next. */
function withStableIds(svg: string): string {
  const ids = new Map<string, string>();
  for (const [, id] of svg.matchAll(/<(?:clipPath|linearGradient|radialGradient)[^>]*? id="([^"]+)"/g)) {
    ids.set(id!, `d${ids.size}`);
  }
  // Within tags alone: text between them may look like anything.
  return svg.replace(/<[^>]+>/g, (tag) =>
    tag.replace(/( id="|url\(#)([^")]+)/g, (found, before: string, id: string) => {
      const stable = ids.get(id);
      return stable === undefined ? found : before + stable;
    }),
  );
}
