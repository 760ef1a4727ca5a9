import type { SampledPoint } from '@mlperf/tuning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowTable, sortedOrders } from '../../../../../packages/tuning/src/samplers/tpe/ordered-rows.ts';

const rowOf = (point: SampledPoint) => Float64Array.of(Number(point.x), Number(point.y));

describe('RowTable', () => {
  it('has the orders that sorting gives, whatever it was asked before', () => {
    const points = fc.array(fc.record({ x: fc.integer({ min: 0, max: 4 }), y: fc.double({ noNaN: true }) }), {
      minLength: 1,
      maxLength: 30,
    });
    const calls = fc.array(fc.array(fc.nat(29), { maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(points, calls, (known, asked) => {
        const table = new RowTable(2, rowOf);
        for (const indices of asked) {
          table.know(known.slice(0, indices.length));
          const given = indices.map((i) => known[i % known.length]!);
          const rows = given.map(rowOf);
          expect(table.rowsOf(given)).toEqual({ rows, orders: sortedOrders(rows, 2) });
        }
      }),
      { seed: 6 },
    );
  });

  it('answers alike when every call brings new objects, and forgets the old ones', () => {
    const table = new RowTable(2, rowOf);
    const points = Array.from({ length: 300 }, (_, i) => ({ x: i % 7, y: (i * 37) % 100 }));
    const first = table.rowsOf(points);
    for (let call = 0; call < 10; call++) {
      const copies = points.map((point) => ({ ...point }));
      table.know(copies);
      expect(table.rowsOf(copies)).toEqual(first);
    }
  });
});
