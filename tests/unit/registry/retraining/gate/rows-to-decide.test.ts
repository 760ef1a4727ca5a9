import { rowsToDecide } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';

describe('the rows that tell two models apart', () => {
  it('are about 4,800 for 52 % against 54 %, at which such a challenger wins every second time', () => {
    // (1.95996 / 0.02)² · (0.52 · 0.48 + 0.54 · 0.46)
    expect(rowsToDecide({ champion: 0.52, challenger: 0.54 })).toBe(4_783);
  });

  it('are about 9,800 for it to win four times in five', () => {
    expect(rowsToDecide({ champion: 0.52, challenger: 0.54, power: 0.8 })).toBe(
      Math.ceil(((1.959963984540054 + 0.8416212335729143) / 0.02) ** 2 * (0.52 * 0.48 + 0.54 * 0.46)),
    );
  });

  it('are fewer for models that agree mostly, and more beside a minimum gain', () => {
    const pair = { champion: 0.52, challenger: 0.54 };
    expect(rowsToDecide({ ...pair, correlation: 0.75 })).toBeLessThan(rowsToDecide(pair) / 3.9);
    expect(rowsToDecide({ ...pair, minimumGain: 0.01 })).toBeGreaterThan(rowsToDecide(pair) * 3.9);
  });

  it.each([
    { champion: 0.54, challenger: 0.52 },
    { champion: 0.5, challenger: 1 },
    { champion: 0.5, challenger: 0.6, power: 0 },
    { champion: 0.5, challenger: 0.6, correlation: 2 },
    { champion: 0.5, challenger: Number.NaN },
  ])('are refused for $champion against $challenger', (request) => {
    expect(() => rowsToDecide(request)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});
