import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { ModelRegistry } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { workerThreadExecutor } from '@mlperf/workers';
import { type Desk, openDesk } from './desk.ts';
import { families } from './families.ts';
import type { HeapWatch } from './heap-watch.ts';
import { Journal } from './journal.ts';
import type { Span } from './span.ts';

/** What became of a span: what the host remembers of each symbol, and how often everything was opened. */
export interface PlayedSpan {
  readonly span: Span;
  readonly journals: readonly Journal[];
  readonly sessions: number;
}

/** Plays a span on a database file; again and again everything is closed and opened again on it. */
export async function playSpan(span: Span, database: string, heap: HeapWatch): Promise<PlayedSpan> {
  const [first] = span.markets;
  const rows = first!.rows;
  const journals = span.markets.map(() => new Journal(rows));
  let sessions = 0;
  for (let row = span.warmUpRows; row < rows; ) {
    sessions++;
    row = await inSession(span, journals, database, row, async (desks, clock) => {
      for (let at = row; at < rows; at++) {
        clock.setTime(first!.timeOf(at));
        await Promise.all(desks.map((desk) => desk.play(at)));
        const played = at + 1 - span.warmUpRows;
        if (journals.some(({ interrupted }) => interrupted) || played % span.restartEvery === 0) return at + 1;
      }
      await Promise.all(desks.map((desk) => desk.finish()));
      return rows;
    });
    for (const journal of journals) journal.interrupted = false;
    heap.look();
  }
  return { span, journals, sessions };
}

async function inSession(
  span: Span,
  journals: readonly Journal[],
  database: string,
  row: number,
  play: (desks: readonly Desk[], clock: ManualClock) => Promise<number>,
): Promise<number> {
  const clock = new ManualClock(span.markets[0]!.timeOf(row));
  const storage: PerformanceStorage = await openSqliteStorage(database);
  const executor = workerThreadExecutor({ familiesModule: new URL('./families.ts', import.meta.url), threads: 1 });
  const desks: Desk[] = [];
  try {
    const registry = await ModelRegistry.open({ storage, families, clock });
    for (const [i, market] of span.markets.entries()) {
      desks.push(await openDesk(market, journals[i]!, { storage, registry, executor, clock, span }));
    }
    return await play(desks, clock);
  } finally {
    for (const desk of desks) await desk.close();
    await executor.close();
    await storage.close();
  }
}
