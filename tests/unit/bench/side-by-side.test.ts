import { describe, expect, it } from 'vitest';
import { sideBySide, timed } from '../../bench/peers/side-by-side.ts';

const equal = (ours: number, theirs: number) => {
  if (ours !== theirs) throw new Error(`results differ: ${ours} and ${theirs}`);
};

describe('sideBySide', () => {
  it('takes the median of the ratios, not the ratio of the medians, and leaves the warm-up out', async () => {
    const our = [1, 1, 2, 4, 1];
    const their = [10, 30, 40, 40, 50];
    const comparison = await sideBySide({
      rounds: 5,
      ours: (round) => ({ seconds: round < 0 ? 1000 : (our[round] ?? 0), result: 7 }),
      theirs: (round) => ({ seconds: round < 0 ? 1 : (their[round] ?? 0), result: 7 }),
      agree: equal,
    });
    expect(comparison.ratios).toEqual([10, 30, 40 / 2, 40 / 4, 50]);
    expect(comparison).toMatchObject({ ratio: 20, ourSeconds: 1, theirSeconds: 40 });
  });

  it('averages the two middle ratios of an even number of rounds', async () => {
    const { ratio } = await sideBySide({
      rounds: 6,
      ours: () => ({ seconds: 1, result: 0 }),
      theirs: (round) => ({ seconds: Math.max(1, round + 1), result: 0 }),
      agree: equal,
    });
    expect(ratio).toBe((3 + 4) / 2);
  });

  it('alternates who goes first', async () => {
    const order: string[] = [];
    await sideBySide({
      rounds: 5,
      ours: (round) => {
        order.push(`ours ${round}`);
        return { seconds: 1, result: 0 };
      },
      theirs: (round) => {
        order.push(`theirs ${round}`);
        return { seconds: 1, result: 0 };
      },
      agree: equal,
    });
    expect(order.slice(2, 8)).toEqual(['ours 0', 'theirs 0', 'theirs 1', 'ours 1', 'ours 2', 'theirs 2']);
  });

  it.each([4, 0, -1, 5.5, Number.NaN])('refuses %d rounds', async (rounds) => {
    const side = () => ({ seconds: 1, result: 0 });
    await expect(sideBySide({ rounds, ours: side, theirs: side, agree: equal })).rejects.toThrow('at least 5');
  });

  it('fails when the two sides disagree in any round', async () => {
    const plan = {
      rounds: 5,
      ours: () => ({ seconds: 1, result: 0 }),
      theirs: (round: number) => ({ seconds: 1, result: round === 3 ? 1 : 0 }),
      agree: equal,
    };
    await expect(sideBySide(plan)).rejects.toThrow('results differ: 0 and 1');
  });

  it.each([0, -1, Number.NaN])('refuses a time of %d seconds', async (seconds) => {
    const plan = {
      rounds: 5,
      ours: () => ({ seconds, result: 0 }),
      theirs: () => ({ seconds: 1, result: 0 }),
      agree: equal,
    };
    await expect(sideBySide(plan)).rejects.toThrow('our time must be a positive number');
  });
});

describe('timed', () => {
  it('returns the result with the seconds it took', () => {
    const { seconds, result } = timed(() => 6 * 7);
    expect(result).toBe(42);
    expect(seconds).toBeGreaterThan(0);
  });
});
