// A model trades on real prices, is watched, decays, and is replaced only by a better one.
// Run: npm run demo [-- --fresh] [-- --database <path>]
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { consoleProgress } from './paper-trading/progress.ts';
import { openPaperTrading } from './paper-trading/session.ts';
import { tellStory } from './paper-trading/story.ts';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: join(import.meta.dirname, '../.data/paper-trading.sqlite') },
    fresh: { type: 'boolean', default: false },
    // One line per outcome once it is on disk, and per retraining begun: what a test may hold this run to.
    acknowledge: { type: 'boolean', default: false },
  },
});
const shown = relative(process.cwd(), options.database);

mkdirSync(dirname(options.database), { recursive: true });
if (options.fresh) {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${options.database}${suffix}`, { force: true });
}

const startedAt = performance.now();
const session = await openPaperTrading(options.database);
try {
  if (session.remainingDays === 0 && existsSync(session.reportPath)) {
    console.log(`${shown} already holds the whole story; nothing was changed. Start over: npm run demo -- --fresh\n`);
  } else {
    if (session.resumedAt !== undefined) console.log(`going on from ${session.resumedAt} in ${shown}`);
    await session.run(consoleProgress(), options.acknowledge ? (what) => console.log(what) : undefined);
    console.log(`\nplayed in ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
  }
  console.log(await tellStory(session.storage));
  console.log(`\ndatabase  ${shown}\nreport    ${relative(process.cwd(), session.reportPath)}`);
} finally {
  await session.close();
}
