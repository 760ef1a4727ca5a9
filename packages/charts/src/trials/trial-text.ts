import type { JsonObject, JsonValue } from '@mlperf/core';

const MOST_TEXT = 300;

/** The hyperparameters of a trial in one line, for a tooltip: `maxDepth 5 · eta 0.1`. */
export function parametersText(hyperparameters: JsonObject): string {
  const text = Object.entries(hyperparameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(' · ');
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 1).toWellFormed()}…`;
}

/** A value to four significant digits. */
export function valueText(value: JsonValue | undefined): string {
  if (typeof value !== 'number') return typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
