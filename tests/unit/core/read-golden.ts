import { readFileSync } from 'node:fs';

/** A file of golden vectors; see style: source, tolerance with its reason, cases. */
export interface Golden<Case> {
  readonly tolerance: { readonly relative?: number; readonly absolute?: number; readonly reason: string };
  readonly cases: readonly Case[];
}

export function readGolden<Case>(name: string): Golden<Case> {
  return JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), 'utf8')) as Golden<Case>;
}

/** How far `actual` is outside the golden tolerance; at most 0 when it is within. */
export function excess(actual: number, expected: number, { relative = 0, absolute = 0 }: Golden<unknown>['tolerance']) {
  return actual === expected ? 0 : Math.abs(actual - expected) - Math.max(absolute, relative * Math.abs(expected));
}
