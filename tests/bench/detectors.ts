import assert from 'node:assert/strict';
import {
  Adwin,
  Cusum,
  Ddm,
  type DriftDetector,
  Eddm,
  Ewma,
  HddmA,
  HddmW,
  Kswin,
  keyedRandom,
  PageHinkley,
} from '@mlperf/core';
import type { BenchmarkOptions, Budget, Report } from './harness/figure.ts';
import { openPeer, type Peer } from './peers/peer.ts';
import { sideBySide, timed } from './peers/side-by-side.ts';

export const name = 'detectors';

const ROUNDS = 5;

interface Timed {
  readonly name: string;
  readonly build: () => DriftDetector;
  readonly inRiver: boolean;
  /** Of the stream: KSWIN tests at every value. */
  readonly share: number;
  readonly budget?: Budget;
}

const TIMED: readonly Timed[] = [
  { name: 'Adwin', build: () => new Adwin({ resetOnDrift: true }), inRiver: true, share: 1, budget: { max: 1 } },
  { name: 'PageHinkley', build: () => new PageHinkley(), inRiver: true, share: 1 },
  { name: 'Ddm', build: () => new Ddm(), inRiver: true, share: 1 },
  { name: 'Eddm', build: () => new Eddm(), inRiver: true, share: 1 },
  { name: 'HddmA', build: () => new HddmA(), inRiver: true, share: 1 },
  { name: 'HddmW', build: () => new HddmW(), inRiver: true, share: 1 },
  { name: 'Adwin, clock 1', build: () => new Adwin({ clock: 1 }), inRiver: false, share: 0.1 },
  { name: 'Cusum', build: () => new Cusum(), inRiver: false, share: 1 },
  { name: 'Ewma', build: () => new Ewma(), inRiver: false, share: 1 },
  { name: 'Kswin', build: () => new Kswin(), inRiver: false, share: 0.05 },
];

/**
 * One update of each classic detector with its defaults on a stream of outcomes whose error rate moves between 45 and
 * 55 %, beside river's where the pinned release has it. Both must find their drifts at the same outcomes.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const stream = outcomes(quick ? 5_000 : 200_000);
  const peer = await openPeer('river_detectors.py');
  try {
    if (!('missing' in peer)) await peer.call('load', stream);
    for (const detector of TIMED) {
      const values = stream.slice(0, stream.length * detector.share);
      const figure = {
        name: `${detector.name}: one update`,
        unit: 'µs',
        ...(detector.budget === undefined ? {} : { budget: detector.budget }),
      };
      if (!detector.inRiver || 'missing' in peer) {
        report({ ...figure, value: microseconds(fastestOf(detector, values), values.length) });
      } else {
        const { ourSeconds, ratio } = await compare(detector, values, peer);
        report({ ...figure, value: microseconds(ourSeconds, values.length) });
        report({ name: `${detector.name}: river ${peer.versions.river}'s time over ours`, unit: '×', value: ratio });
      }
      if (detector.inRiver && 'missing' in peer) {
        report({ name: `${detector.name}: river's time over ours`, unit: '×', skipped: peer.missing });
      }
    }
  } finally {
    if (!('missing' in peer)) await peer.close();
  }
}

function compare(detector: Timed, values: readonly number[], peer: Peer) {
  return sideBySide<number[], number[]>({
    rounds: ROUNDS,
    ours: () => timed(() => drifts(detector.build(), values)),
    theirs: () => peer.call<number[]>('drifts', detector.name),
    agree(ours, theirs) {
      assert.deepEqual(ours, theirs, `${detector.name} must find its drifts where river does`);
    },
  });
}

function fastestOf({ build }: Timed, values: readonly number[]): number {
  const seconds = Array.from({ length: ROUNDS + 1 }, () => timed(() => drifts(build(), values)).seconds);
  return Math.min(...seconds.slice(1));
}

function drifts(detector: DriftDetector, values: readonly number[]): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    detector.update(values[i]!);
    if (detector.driftDetected) found.push(i);
  }
  return found;
}

function microseconds(seconds: number, updates: number): number {
  return (seconds / updates) * 1e6;
}

/** Long stable stretches, so that ADWIN's window is long when it is timed. */
function outcomes(count: number): readonly number[] {
  const random = keyedRandom('benchmark', 'detectors');
  return Array.from({ length: count }, (_, i) => {
    const rate = Math.floor(i / (count / 4)) % 2 === 0 ? 0.45 : 0.55;
    return random.next() < rate ? 1 : 0;
  });
}
