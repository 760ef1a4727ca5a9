import { InvalidInputError } from '@mlperf/core';
import type { NamedChart } from '../chart.ts';
import { compileChart } from './compile-chart.ts';
import { htmlText, scriptJson } from './html-text.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from './page-style.ts';
import { renderSvg } from './render-svg.ts';
import { vegaRuntime } from './vega-runtime.ts';

export interface HtmlOptions {
  readonly title: string;
  /** Below the title. */
  readonly subtitle?: string;
}

/**
 * Charts on one page: a single file that needs no network, now or later. It holds a still picture of each chart and the
 * text of Vega, which puts the chart with its tooltips in the picture's place.
 *
 * All text is escaped, and the page forbids itself to load anything (by its content security policy).
 * @param charts - At least one, each name once.
 * @returns the same bytes for the same charts and installed versions; about 0.55 MB and the charts twice.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` without charts, `INVALID_RECORD` for a name given twice or a chart
 * that {@link renderSvg} refuses; `IO_FAILURE` when Vega's own file cannot be read, as in a bundle.
 */
export async function renderHtml(charts: readonly NamedChart[], options: HtmlOptions): Promise<string> {
  if (charts.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'a page must have at least one chart; got none');
  const names = new Set<string>();
  for (const { name } of charts) {
    if (names.has(name)) throw new InvalidInputError('INVALID_RECORD', `chart '${name}' must be on a page once`);
    names.add(name);
  }
  const figures: string[] = [];
  for (const { name, spec } of charts) {
    const picture = Buffer.from(await renderSvg(spec)).toString('base64');
    figures.push(
      `<figure id="${htmlText(name)}">`,
      `<img src="data:image/svg+xml;base64,${picture}" alt="${htmlText(spec.description)}">`,
      `<script type="application/json">${scriptJson(await compileChart(spec))}</script>`,
      '</figure>',
    );
  }
  const subtitle = options.subtitle === undefined ? '' : `<p>${htmlText(options.subtitle)}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:">
<title>${htmlText(options.title)}</title>
<style>
${PAGE_STYLE}
</style>
</head>
<body>
<header><h1>${htmlText(options.title)}</h1>${subtitle}</header>
<main>
${figures.join('\n')}
</main>
<script>
${await vegaRuntime()}
</script>
<script>
${PAGE_SCRIPT}
</script>
</body>
</html>
`;
}
