/**
 * Writes every lane without end, all at once, and names each write when it is durable. It loads what it needs, and
 * starts when a line arrives: the number of the next write of each lane, as JSON. A second number per lane ends it
 * there: then it closes what it opened.
 * Argument: the target, as JSON.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { LANES } from './lanes.ts';
import { loadAdapter, openTarget, type StorageTarget } from './open-target.ts';

const target = JSON.parse(process.argv[2]!) as StorageTarget;
await loadAdapter(target.kind);
const input = createInterface({ input: process.stdin });
const [line] = (await once(input, 'line')) as [string];
input.close();
process.stdin.destroy();
const spans = JSON.parse(line) as Record<string, readonly [number, number | null]>;
process.stdout.write('opening\n');
const storage = await openTarget(target);
process.stdout.write('opened\n');
await Promise.all(
  LANES.map(async (lane) => {
    const [first, end] = spans[lane.name]!;
    for (let n = first; end === null || n < end; n++) {
      await lane.write(storage, n);
      process.stdout.write(`${lane.name} ${n}\n`);
    }
  }),
);
await storage.close();
process.stdout.write('closed\n');
