// Seven days and fifteen years with everything going wrong: is anything lost, told twice, or worse than it was?
// Run: npm run example examples/04-soak.ts [-- --quick]
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { checkSpan } from './soak/check-span.ts';
import { HeapWatch } from './soak/heap-watch.ts';
import { playSpan } from './soak/play-span.ts';
import { manyYears, sevenDays } from './soak/span.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const spans = options.quick ? [sevenDays(15), manyYears(2)] : [sevenDays(5), manyYears(15)];
/** Per session of thousands of predictions: what is kept of each would show. */
const MOST_GROWTH_MB = 1;

const folder = await mkdtemp(join(tmpdir(), 'mlperf-soak-'));
const heap = new HeapWatch();
try {
  for (const [i, span] of spans.entries()) {
    const database = join(folder, `${i}.sqlite`);
    const startedAt = performance.now();
    const played = await playSpan(span, database, heap);
    const storage = await openSqliteStorage(database);
    const told = await checkSpan(played, storage);
    await storage.close();
    console.log(`${span.title}, three symbols, in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    console.log(`  sessions      ${played.sessions} on one file: all closed and opened again between them`);
    console.log(
      `  predictions   ${told.predictions} = ${told.resolved} resolved + ${told.expired} expired + ${told.open} open; ${told.shadow} in shadow`,
    );
    console.log(
      `  retrainings   ${told.retrainings} = ${told.promoted} promoted + ${told.rejected} rejected + ${told.failed} failed; ${told.rollbacks} rollbacks`,
    );
    for (const [at, market] of span.markets.entries()) {
      for (const { fault, result } of played.journals[at]!.faults) {
        const why = 'entry' in result ? (result.entry.error?.message ?? ('reason' in result ? result.reason : '')) : '';
        console.log(`  ${fault.padEnd(13)} ${market.symbol}: ${result.status}${why === '' ? '' : `, ${why}`}`);
      }
    }
    const worst = told.worse === 0 ? '' : `, the longest for ${told.longestWorse} rows`;
    console.log(`  worse models  ${told.worse} served${worst}; probation is ${span.retraining.probationRows}`);
    console.log(`  events        ${told.events} in the outbox, each heard once`);
  }
  const slope = heap.slope();
  const [first, last] = [heap.megabytes[2]!, heap.megabytes.at(-1)!];
  console.log(
    `memory          ${first.toFixed(1)} MB, at the end ${last.toFixed(1)} MB; ${slope.toFixed(2)} MB a session`,
  );
  assert.ok(slope < MOST_GROWTH_MB, 'memory is flat');
} finally {
  await rm(folder, { recursive: true, force: true });
}
