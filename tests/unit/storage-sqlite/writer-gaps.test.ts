import { describe, expect, it } from 'vitest';
import { WriterGaps } from '../../../packages/storage-sqlite/src/writer-gaps.ts';

/** A writer that commits every 10 ms, and when its gaps began. */
function busyWriter(longestEveryMs: number) {
  const state = { now: 0, dataVersion: 1, broken: false };
  const gaps: number[] = [];
  const writer = new WriterGaps({
    longestEveryMs,
    dataVersion: () => {
      if (state.broken) throw new Error('disk I/O error');
      return state.dataVersion;
    },
    now: () => state.now,
    sleep: async (ms) => {
      gaps.push(state.now);
      state.now += ms;
    },
  });
  const writeUntil = async (end: number, during: () => void = () => undefined) => {
    while (state.now < end) {
      state.now += 10;
      during();
      await writer.leave();
    }
  };
  const between = () => gaps.slice(1).map((at, i) => at - gaps[i]!);
  return { state, gaps, writer, writeUntil, between };
}

describe('gaps of a busy writer', () => {
  it('come every 100 ms while another connection writes', async () => {
    const { state, writeUntil, between } = busyWriter(1_000);
    await writeUntil(2_000, () => {
      state.dataVersion++;
    });
    expect(between().length).toBeGreaterThan(15);
    // What happened before the first gap is unknown.
    expect(between()[0]).toBe(206);
    expect(Math.max(...between().slice(1))).toBe(106);
  });

  it('come ever less often while nobody uses them, but never less than asked', async () => {
    const { writeUntil, gaps, between } = busyWriter(1_000);
    await writeUntil(10_000);
    expect(gaps[0]).toBe(100);
    expect(between().slice(0, 4)).toEqual([206, 406, 806, 1_006]);
    expect(Math.max(...between())).toBe(1_006);
  });

  it('come soon again once somebody has written', async () => {
    const { state, writeUntil, gaps, between } = busyWriter(1_000);
    await writeUntil(10_000);
    const before = gaps.length;
    state.dataVersion++;
    await writeUntil(11_300);
    expect(between().slice(before)).toEqual([106, 206, 406]);
  });

  it('never come for a writer that rests, and come as if used while nobody can tell', async () => {
    const { state, writer, writeUntil, gaps, between } = busyWriter(1_000);
    for (let i = 0; i < 20; i++) {
      writer.start();
      await writeUntil(state.now + 80);
    }
    expect(gaps).toEqual([]);
    state.broken = true;
    await writeUntil(state.now + 1_000);
    expect(Math.max(...between())).toBe(106);
  });
});
