import assert from 'node:assert/strict';
import { keyedRandom } from '@mlperf/core';
import {
  defineSpace,
  float,
  GaussianProcessSampler,
  int,
  type ObservedTrial,
  RandomSampler,
  type SampledPoint,
  type Sampler,
  type SearchSpace,
  TpeSampler,
  trialRandom,
} from '@mlperf/tuning';
import type { BenchmarkOptions, Report } from './harness/figure.ts';
import { openPeer, type Peer } from './peers/peer.ts';
import { sideBySide, timed } from './peers/side-by-side.ts';
import { observe, TEST_FUNCTIONS, type TestFunction } from './samplers/functions.ts';
import { holm, wilcoxonGreater } from './samplers/paired-test.ts';
import { peerStudies } from './samplers/peer-studies.ts';
import { TABULAR_FUNCTIONS } from './samplers/tables.ts';

export const name = 'samplers';

interface Contender {
  readonly name: string;
  readonly open: (space: SearchSpace) => Sampler;
  /** Optuna's sampler of the same kind, which it must not lose to. */
  readonly peer: 'tpe' | 'gp';
}

const CONTENDERS: readonly Contender[] = [
  { name: 'tpe', open: (space) => new TpeSampler(space), peer: 'tpe' },
  { name: 'gp', open: (space) => new GaussianProcessSampler(space), peer: 'gp' },
];

const ALL_FUNCTIONS = [...TEST_FUNCTIONS, ...TABULAR_FUNCTIONS];
const FULL = {
  functions: ALL_FUNCTIONS,
  trials: 100,
  /** Fewer, for a look while a sampler is worked on, by the environment: BENCH_SEEDS=5. */
  seeds: Number(process.env.BENCH_SEEDS ?? 30),
  speedTrials: { tpe: 1_000, gp: 200 },
  /** Of those trials the best loss, at most: random search takes thousands of trials to get below 1,000. */
  speedBest: { tpe: 1_000, gp: 1_000 },
  published: { trials: 200, seeds: 10 },
};
const QUICK: typeof FULL = {
  functions: ALL_FUNCTIONS.filter(({ name }) => ['branin', 'conditional', 'phoneme'].includes(name)),
  trials: 30,
  seeds: 3,
  speedTrials: { tpe: 60, gp: 14 },
  speedBest: { tpe: 1_500, gp: 12_000 },
  published: { trials: 20, seeds: 1 },
};
type Size = typeof FULL;

/**
 * The best value after 100 trials over 30 seeds, of our samplers, Optuna's and random search; whether ours is worse by
 * a paired test, corrected for the number of functions; what our Gaussian process finds where scikit-optimize published
 * its figures; and the time to sample 1,000 trials of ten parameters by TPE, and 200 by a Gaussian process.
 *
 * Every trial sees all before it (W = 1). What Optuna found is kept from run to run: see {@link peerStudies}.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const size = quick ? QUICK : FULL;
  const peer = await openPeer('optuna_samplers.py');
  try {
    if (!('missing' in peer)) for (const fn of ALL_FUNCTIONS) await agreeOnValues(fn, peer);
    await compareQuality(report, size, peer);
    meetPublished(report, size);
    await compareTime(report, size, peer);
  } finally {
    if (!('missing' in peer)) await peer.close();
  }
}

type MaybePeer = Peer | { readonly missing: string };

async function agreeOnValues(fn: TestFunction, peer: Peer): Promise<void> {
  const random = new RandomSampler(fn.space);
  const points: SampledPoint[] = Array.from({ length: 20 }, (_, n) =>
    random.suggest({ trialNumber: n, random: trialRandom(fn.name, n) }),
  );
  const { result } = await peer.call<number[]>('values', { function: fn.name, points });
  for (const [i, point] of points.entries()) {
    const ours = fn.valueAt(point);
    assert.ok(
      Math.abs(ours - result[i]!) <= 1e-9 * Math.max(1, Math.abs(ours)),
      `${fn.name} is one function on both sides`,
    );
  }
}

async function compareQuality(report: Report, { functions, trials, seeds }: Size, peer: MaybePeer): Promise<void> {
  const peers = 'missing' in peer ? [] : [...new Set(CONTENDERS.map((each) => each.peer))];
  const finals = new Map<string, readonly number[][]>();
  const record = (who: string, values: readonly number[]) => finals.set(who, [...(finals.get(who) ?? []), [...values]]);
  for (const fn of functions) {
    for (const contender of CONTENDERS) record(contender.name, studies(fn, contender.open, trials, seeds));
    record(
      'random',
      studies(fn, (space) => new RandomSampler(space), trials, seeds),
    );
    for (const sampler of peers) {
      if ('missing' in peer) continue;
      record(`optuna ${sampler}`, await peerStudies(peer, { function: fn.name, sampler, trials, seeds }));
    }
  }
  for (const [who, values] of finals) {
    for (const [f, fn] of functions.entries()) {
      report({
        name: `${fn.name}: best of ${trials} trials, ${who}, median`,
        value: median(values[f]!),
        unit: 'value',
      });
    }
  }
  for (const contender of CONTENDERS) {
    const ours = finals.get(contender.name)!;
    const random = finals.get('random')!;
    const ahead = functions.filter((_, f) => median(ours[f]!) <= median(random[f]!)).length;
    assert.ok(ahead >= functions.length * 0.75, `${contender.name} beats random search on most functions`);
    const theirs = finals.get(`optuna ${contender.peer}`);
    const figure = `${contender.name} against Optuna's ${contender.peer}`;
    if (theirs === undefined) {
      const skipped = 'missing' in peer ? peer.missing : 'no such peer';
      report({ name: `${figure}: verdict, mean rank, ours less theirs`, unit: 'ranks', budget: { max: 0 }, skipped });
      continue;
    }
    const worse = holm(functions.map((_, f) => wilcoxonGreater(ours[f]!.map((value, s) => value - theirs[f]![s]!))));
    for (const [f, fn] of functions.entries()) {
      report({
        name: `${fn.name}: ${figure}, p that ours is worse (Holm)`,
        value: worse[f]!,
        unit: 'p',
        budget: { min: 0.05 },
      });
    }
    report({
      name: `${figure}: verdict, the least p over all functions`,
      value: Math.min(...worse),
      unit: 'p',
      budget: { min: 0.05 },
    });
    report({
      name: `${figure}: verdict, mean rank, ours less theirs`,
      value: meanRank(ours, theirs) - meanRank(theirs, ours),
      unit: 'ranks',
      budget: { max: 0 },
    });
  }
}

/** The true value at the trial that looked best, one study per seed; every trial sees all before it. */
function studies(fn: TestFunction, open: (space: SearchSpace) => Sampler, trials: number, seeds: number): number[] {
  return Array.from({ length: seeds }, (_, seed) => {
    const study = runStudy(fn.space, open(fn.space), trials, `seed-${seed}`, (point, trialNumber) =>
      observe(fn, point, keyedRandom('noise', seed, trialNumber)),
    );
    return fn.valueAt(bestOf(study).parameters);
  });
}

function runStudy(
  space: SearchSpace,
  sampler: Sampler,
  trials: number,
  seed: string,
  lossOf: (point: SampledPoint, trialNumber: number) => number,
): readonly ObservedTrial[] {
  assert.equal(sampler.space, space);
  const history: ObservedTrial[] = [];
  for (let trialNumber = 0; trialNumber < trials; trialNumber++) {
    const random = trialRandom(seed, trialNumber);
    const parameters: SampledPoint = sampler.suggest({ trialNumber, history, running: [], random });
    history.push({ trialNumber, state: 'complete', parameters, loss: lossOf(parameters, trialNumber) });
  }
  return history;
}

function bestOf(trials: readonly ObservedTrial[]): ObservedTrial {
  return trials.reduce((best, trial) => (trial.loss! < best.loss! ? trial : best));
}

/** Five real and five whole parameters; the trials themselves cost nothing. */
const TEN = defineSpace(
  Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`x${i}`, i < 5 ? float(-5, 5) : int(0, 100)])),
);

async function compareTime(report: Report, { speedTrials, speedBest }: Size, peer: MaybePeer): Promise<void> {
  const squares = (point: SampledPoint) => Object.values(point).reduce<number>((sum, x) => sum + Number(x) ** 2, 0);
  for (const { name: sampler, open, peer: theirs } of CONTENDERS) {
    const trials = speedTrials[theirs];
    const ours = (round: number) =>
      timed(() => bestOf(runStudy(TEN, open(TEN), trials, `time-${round}`, squares)).loss!);
    const label = `sampling ${trials.toLocaleString('en-US')} trials of 10 parameters, ${sampler}`;
    const ratio = { name: `${label}: Optuna's time over ours`, unit: '×', budget: { min: theirs === 'tpe' ? 10 : 5 } };
    if ('missing' in peer) {
      report({ name: label, value: ours(0).seconds, unit: 's' });
      report({ ...ratio, skipped: peer.missing });
      continue;
    }
    const comparison = await sideBySide({
      rounds: 5,
      ours,
      theirs: (round) => peer.call<number>('sampling', { trials, seed: round + 1, sampler: theirs }),
      agree: (our, their) => {
        const most = speedBest[theirs];
        assert.ok(our <= most, `our best of ${trials} trials must be at most ${most}; it is ${our}`);
        assert.ok(their <= most, `their best of ${trials} trials must be at most ${most}; it is ${their}`);
      },
    });
    report({ name: label, value: comparison.ourSeconds, unit: 's' });
    report({ ...ratio, value: comparison.ratio });
  }
}

/** What scikit-optimize's Gaussian process finds in 200 calls, the mean of 10 runs (its benchmarks/README.md, 0.9). */
const PUBLISHED = [
  { name: 'branin', mean: 0.398 },
  { name: 'hartmann6', mean: -3.299 },
];

function meetPublished(report: Report, { published: { trials, seeds } }: Size): void {
  for (const { name: function_, mean } of PUBLISHED) {
    const fn = TEST_FUNCTIONS.find(({ name: each }) => each === function_)!;
    const found = studies(fn, (space) => new GaussianProcessSampler(space), trials, seeds);
    report({
      name: `${function_}: best of ${trials} trials, gp, mean of ${seeds}`,
      value: found.reduce((sum, value) => sum + value, 0) / found.length,
      unit: 'value',
      // Published to three places.
      ...(trials === FULL.published.trials ? { budget: { max: mean + 0.0005 } } : {}),
    });
  }
}

/** Of `a` beside `b`: 1 where lower, 2 where higher, 1½ where equal; over functions and seeds. */
function meanRank(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const ranks = a.flatMap((values, f) =>
    values.map((value, s) => (value === b[f]![s] ? 1.5 : value < b[f]![s]! ? 1 : 2)),
  );
  return ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
