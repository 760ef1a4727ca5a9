import type { StoreCall } from '@mlperf/storage-sql';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MergedCall, mergeCalls, shareResult } from '../../../packages/storage-postgres/src/merged-calls.ts';

interface Rows {
  readonly predictions: readonly { readonly id: string }[];
  readonly resolutions: readonly { readonly predictionId: string }[];
}

const call = (method: string, argument: unknown): StoreCall => ({
  store: 'predictions',
  method,
  args: [argument],
  now: 1,
});
const made = (ids: readonly string[]) => ids.map((id) => ({ id }));
const arrived = (ids: readonly string[]) => ids.map((predictionId) => ({ predictionId }));
const append = (...ids: string[]) => call('append', made(ids));
const resolve = (...ids: string[]) => call('resolve', arrived(ids));
const record = (ids: readonly string[], outcomes: readonly string[]) =>
  call('record', { predictions: made(ids), resolutions: arrived(outcomes) });
const other: StoreCall = { store: 'outbox', method: 'append', args: [[]], now: 1 };

function rowsOf({ method, args: [argument] }: StoreCall): Rows {
  if (method === 'append') return { predictions: argument as Rows['predictions'], resolutions: [] };
  if (method === 'resolve') return { predictions: [], resolutions: argument as Rows['resolutions'] };
  return argument as Rows;
}

/** `append a b | resolve a`: what is run, in order. */
function shown(merged: readonly MergedCall[]): string {
  return merged
    .map(({ call: one }) => {
      if (one.store !== 'predictions') return one.store;
      const { predictions, resolutions } = rowsOf(one);
      return [one.method, ...predictions.map(({ id }) => id), ...resolutions.map((row) => row.predictionId)].join(' ');
    })
    .join(' | ');
}

/** A result as the store gives it, in which each row stands for itself. */
function resultOf(one: StoreCall): unknown {
  const { predictions, resolutions } = rowsOf(one);
  return one.method === 'record' ? { added: predictions, resolved: resolutions } : [...predictions, ...resolutions];
}

describe('mergeCalls', () => {
  it('puts appends together, and resolutions, and records, across each other', () => {
    const calls = [append('a'), append('b', 'c'), resolve('a'), append('d'), resolve('b'), record(['e'], ['a'])];
    expect(shown(mergeCalls(calls))).toBe('append a b c d | resolve a b | record e a');
  });

  it('lets no outcome overtake one of an earlier call, since they are numbered in the order of the calls', () => {
    const calls = [record(['d'], ['a']), resolve('b'), append('e'), record(['f'], []), resolve('c')];
    expect(shown(mergeCalls(calls))).toBe('record d a | append e | resolve b c | record f');
  });

  it('keeps calls apart that name one prediction, and an append behind a resolution of its own', () => {
    expect(shown(mergeCalls([append('a'), append('a')]))).toBe('append a | append a');
    expect(shown(mergeCalls([resolve('a'), append('a')]))).toBe('resolve a | append a');
    expect(shown(mergeCalls([resolve('a'), resolve('a')]))).toBe('resolve a | resolve a');
    expect(shown(mergeCalls([record([], ['a']), resolve('a')]))).toBe('record a | resolve a');
  });

  it('moves nothing across any other call', () => {
    expect(shown(mergeCalls([append('a'), other, append('b')]))).toBe('append a | outbox | append b');
  });

  it('stays within the rows of one batch', () => {
    const ids = (start: number) => Array.from({ length: 6_000 }, (_, i) => `p${start + i}`);
    expect(mergeCalls([append(...ids(0)), append(...ids(6_000))])).toHaveLength(2);
  });

  it('never lets calls about one prediction change places, and gives every call its own share', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 3 });
    const calls = fc.oneof(
      ids.map((some) => append(...some)),
      ids.map((some) => resolve(...some)),
      fc.tuple(ids, ids).map(([some, more]) => record(some, more)),
    );
    fc.assert(
      fc.property(fc.array(calls, { maxLength: 12 }), (given) => {
        const shares: unknown[] = [];
        const order: { readonly index: number; readonly id: string; readonly outcome: boolean }[] = [];
        for (const one of mergeCalls(given)) {
          shareResult(one, resultOf(one.call), (index, share) => {
            shares[index] = share;
            const { predictions, resolutions } = rowsOf(given[index]!);
            for (const { id } of predictions) order.push({ index, id, outcome: false });
            for (const { predictionId } of resolutions) order.push({ index, id: predictionId, outcome: true });
          });
        }
        expect(shares).toEqual(given.map(resultOf));
        for (const id of 'abcdef') {
          const touched = order.filter((step) => step.id === id).map(({ index }) => index);
          expect(touched).toEqual([...touched].sort((a, b) => a - b));
        }
        const numbered = order.filter(({ outcome }) => outcome).map(({ index }) => index);
        expect(numbered).toEqual([...numbered].sort((a, b) => a - b));
      }),
    );
  });
});
