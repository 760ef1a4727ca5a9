import { describe, expect, it } from 'vitest';
import { driftAfter } from './rolling-figures.ts';

describe('rolling figures', () => {
  it.each([50, 1_000])('of the last %i outcomes equal a fresh batch computation to 1e-9 after 10 million', (size) => {
    const drift = Object.entries(driftAfter(10_000_000, size));
    expect(drift.length).toBeGreaterThanOrEqual(23);
    for (const [name, apart] of drift) expect([name, apart <= 1e-9]).toEqual([name, true]);
  });
});
