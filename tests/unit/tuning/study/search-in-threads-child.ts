/** Searches until it is killed: `node search-in-threads-child.ts <SQLite file> <threads>`. */
import { searchInThreads, threads } from './search-in-threads.ts';

const [path, count] = process.argv.slice(2);
const executor = threads(Number(count));
await searchInThreads(path!, executor, ({ trialNumber }) => console.log(`stored ${trialNumber}`));
await executor.close();
