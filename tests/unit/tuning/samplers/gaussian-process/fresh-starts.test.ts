import { defineSpace, float, GaussianProcessSampler, type ObservedTrial, trialRandom } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { trialsOfSearch } from '../../../../../packages/tuning/src/samplers/gaussian-process/fresh-starts.ts';
import type { TrialRow } from '../../../../../packages/tuning/src/samplers/gaussian-process/trial-data.ts';

function rowsOf(losses: readonly number[], weight = 1): TrialRow[] {
  return losses.map((loss, trialNumber) => ({
    trialNumber,
    row: Float64Array.of(trialNumber / 100),
    loss,
    complete: true,
    weight,
  }));
}

/** Ten random trials, a descent to 0 until `end`, then nothing more. */
const converging = (end: number, n: number) =>
  Array.from({ length: n }, (_, i) => (i < 10 ? 100 + i : i < end ? end - i : 0));

const numbersOf = (rows: readonly TrialRow[]) => rows.map(({ trialNumber }) => trialNumber);

describe('the trials of a search by a Gaussian process', () => {
  it('are all while there is a gain, and for 20 trials more', () => {
    const rows = rowsOf(converging(20, 40));
    for (const trialNumber of [40, 41, 42]) expect(trialsOfSearch(rows, trialNumber, 10)).toBe(rows);
  });

  it('are then, two times of three, those of a search begun anew, which can converge too', () => {
    const rows = rowsOf(converging(20, 50));
    expect(trialsOfSearch(rows, 51, 10)).toBe(rows);
    // The last gain is that of trial 20.
    expect(numbersOf(trialsOfSearch(rows, 50, 10))).toEqual([41, 43, 44, 46, 47, 49]);
    const longer = rowsOf(converging(20, 100));
    // Thirty trials of the fresh search end with 85.
    expect(numbersOf(trialsOfSearch(longer, 100, 10))).toEqual([86, 88, 89, 91, 92, 94, 95, 97, 98]);
  });

  it('are all when nothing but earlier studies has converged', () => {
    const rows = rowsOf(converging(20, 100), 0.5);
    expect(trialsOfSearch(rows, 100, 10)).toBe(rows);
  });

  it('give the same suggestion to a process that was there and to one that comes later', () => {
    const space = defineSpace({ x: float(0, 1), y: float(0, 1) });
    const there = new GaussianProcessSampler(space);
    const history: ObservedTrial[] = [];
    let random = 0;
    for (let trialNumber = 0; trialNumber < 64; trialNumber++) {
      const request = { trialNumber, history, running: [], random: trialRandom('fresh', trialNumber) };
      const parameters = there.suggest(request);
      if (trialNumber % 9 === 0) expect(new GaussianProcessSampler(space).suggest(request)).toEqual(parameters);
      const loss = (parameters.x - 0.3) ** 2 + (parameters.y - 0.6) ** 2;
      if (trialNumber > 30 && loss > 0.02) random++;
      history.push({ trialNumber, state: 'complete', parameters, loss });
    }
    // The first trials of a fresh search are random.
    expect(random).toBeGreaterThan(4);
  });
});
