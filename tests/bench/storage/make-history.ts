/** Makes the data set of the storage benchmark ahead of it: `node --conditions=@mlperf/source tests/bench/storage/make-history.ts 10000000`. */
import { sqliteHistory } from './sqlite-history.ts';

const count = Number(process.argv[2] ?? 10_000_000);
const { path, bytes } = await sqliteHistory(count);
console.log(`${path}: ${count.toLocaleString('en-US')} outcomes, ${(bytes / 2 ** 20).toFixed(0)} MiB`);
