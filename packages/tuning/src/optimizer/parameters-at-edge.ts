import type { SearchSpace } from '@mlperf/core';

/** Share of a range that counts as its edge. */
const EDGE = 0.02;

/** A searched parameter whose best value lies at the end of its range: a better one may lie beyond. */
export interface EdgeParameter {
  readonly name: string;
  readonly end: 'lowest' | 'highest';
  readonly value: number;
}

/** Parameters of a point within 2 % of the end of their range, measured on the scale they are searched on. */
export function parametersAtEdge(
  space: SearchSpace,
  point: Readonly<Record<string, unknown>>,
): readonly EdgeParameter[] {
  return Object.entries(space).flatMap(([name, dimension]): readonly EdgeParameter[] => {
    const value = point[name];
    if ((dimension.type !== 'float' && dimension.type !== 'int') || typeof value !== 'number') return [];
    const { low, high, log = false } = dimension;
    if (high <= low) return [];
    const scale = log ? Math.log : (x: number) => x;
    const share = (scale(value) - scale(low)) / (scale(high) - scale(low));
    if (share <= EDGE) return [{ name, end: 'lowest', value }];
    return share >= 1 - EDGE ? [{ name, end: 'highest', value }] : [];
  });
}
