import { InvalidInputError } from '../../errors.ts';
import { Adwin } from './adwin.ts';
import { Cusum } from './cusum.ts';
import { Ddm } from './ddm.ts';
import type { DriftDetector } from './drift-detector.ts';
import { Eddm } from './eddm.ts';
import { Ewma } from './ewma.ts';
import { HddmA } from './hddm-a.ts';
import { HddmW } from './hddm-w.ts';
import { Kswin } from './kswin.ts';
import { PageHinkley } from './page-hinkley.ts';

const RESTORERS: ReadonlyMap<unknown, (json: unknown) => DriftDetector> = new Map<
  unknown,
  (json: unknown) => DriftDetector
>([
  ['adwin', (json) => Adwin.from(json)],
  ['cusum', (json) => Cusum.from(json)],
  ['ddm', (json) => Ddm.from(json)],
  ['eddm', (json) => Eddm.from(json)],
  ['ewma', (json) => Ewma.from(json)],
  ['hddm-a', (json) => HddmA.from(json)],
  ['hddm-w', (json) => HddmW.from(json)],
  ['kswin', (json) => Kswin.from(json)],
  ['page-hinkley', (json) => PageHinkley.from(json)],
]);

/**
 * Takes up whichever detector was stored; it goes on bit for bit.
 * @param json - What a detector's `toJSON` gave. One of {@link Kswin} with its own sampler needs `Kswin.from`.
 * @throws {@link InvalidInputError} `INVALID_RECORD`.
 * @example restoreDriftDetector(JSON.parse(JSON.stringify(new Adwin()))).driftDetected; // false
 */
export function restoreDriftDetector(json: unknown): DriftDetector {
  const name = typeof json === 'object' && json !== null && 'detector' in json ? json.detector : undefined;
  const restore = RESTORERS.get(name);
  if (restore !== undefined) return restore(json);
  throw new InvalidInputError('INVALID_RECORD', `a stored detector must name a known one; got ${JSON.stringify(name)}`);
}
