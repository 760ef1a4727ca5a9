/** Takes part in a shared search: `node search-worker.ts <target as JSON> <search as JSON>`. */
import { createHash } from 'node:crypto';
import { openTarget, type StorageTarget } from '../storage/open-target.ts';
import { contentOf, type SharedSearch, searchTogether } from './shared-search.ts';

const [target, search] = process.argv.slice(2).map((text) => JSON.parse(text)) as [StorageTarget, SharedSearch];
console.log('begun');
const storage = await openTarget(target);
const experiments = await searchTogether(storage, search, ({ trialNumber }) => console.log(`stored ${trialNumber}`));
await storage.close();
console.log(`found ${createHash('sha256').update(contentOf(experiments)).digest('hex')}`);
