import { InvalidInputError } from '@mlperf/core';
import type { Spec } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import type { ChartSpec } from '../chart.ts';

/**
 * The Vega specification of a chart. Loads Vega-Lite at the first call.
 * @throws {@link InvalidInputError} `INVALID_RECORD` for what is no Vega-Lite specification, or one that takes data or
 * pictures from elsewhere.
 */
export async function compileChart(spec: ChartSpec): Promise<Spec> {
  requireSelfContained(spec);
  const { compile } = await import('vega-lite');
  try {
    // Vega-Lite judges it; and writes into it, hence the copy.
    const copy: TopLevelSpec = JSON.parse(JSON.stringify(spec));
    return compile(copy, { logger: SILENT }).spec;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError('INVALID_RECORD', `a chart must be a Vega-Lite specification; ${message}`, {
      cause: error,
    });
  }
}

/** A library does not print: what Vega-Lite only warns of, such as a label without a place, is let be. */
const SILENT = {
  level(): number {
    return 0;
  },
  error() {
    return this;
  },
  warn() {
    return this;
  },
  info() {
    return this;
  },
  debug() {
    return this;
  },
};

/** What a specification may name an address with; the rows of `values` are data and may hold anything. */
function requireSelfContained(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [field, part] of Object.entries(value)) {
    if (field === 'url' || field === 'href') {
      throw new InvalidInputError(
        'INVALID_RECORD',
        `a chart must hold its data and name no address; got ${field} ${JSON.stringify(part)}`,
      );
    }
    if (field !== 'values') requireSelfContained(part);
  }
}
