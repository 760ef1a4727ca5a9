import { describe, expect, it } from 'vitest';
import { driftAfter } from './rolling-figures.ts';

describe('rolling figures', () => {
  it('equal a fresh batch computation to 1e-9 after a million outcomes slid through the window', () => {
    const drift = Object.entries(driftAfter(1_000_000, 250));
    expect(drift.length).toBeGreaterThanOrEqual(23);
    for (const [name, apart] of drift) expect([name, apart <= 1e-9]).toEqual([name, true]);
  });
});
