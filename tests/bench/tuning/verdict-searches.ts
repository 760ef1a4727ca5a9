import {
  createDataset,
  type Dataset,
  keyedRandom,
  type ModelFamily,
  randomNormal,
  type TrainedModel,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { defineSpace, float, HyperparameterTuner, int, type StudyReport } from '@mlperf/tuning';

const HOUR = 3_600_000;
const COLUMNS = 3;
/** Of a slow feature, from row to row. */
const KEPT = 0.9;

/** What a verdict is asked of. */
export interface VerdictCase {
  readonly name: string;
  readonly family: ModelFamily<Readonly<Record<string, number>>> & {
    readonly searchSpace: ReturnType<typeof defineSpace>;
  };
  /** How far the chance of `up` goes from one half, at most, by the first two features; 0 is pure noise. */
  readonly signal: number;
  readonly rows: number;
  /** Rows a label spans; above 1 it is the sign of a sum over so many steps, and the features move slowly too. Default 1. */
  readonly span?: number;
  /** What is kept from row to row of the features, and of a chance of `up` that has nothing to do with them; in (0, 1). */
  readonly drift?: number;
  readonly holdout: boolean;
  readonly metric: 'accuracy' | 'log_loss';
  /** Hyperparameters in place that have no skill; absent: compared with no skill. */
  readonly incumbent?: Readonly<Record<string, number>>;
}

/** The whole way: a search of a real tuner over real splits, its trials' answers stored and read again. */
export async function searchedVerdict(
  { family, rows, signal, span = 1, drift, holdout, metric, incumbent }: VerdictCase,
  seed: number,
  trials: number,
): Promise<StudyReport> {
  const tuner = new HyperparameterTuner({
    family,
    storage: openMemoryStorage(),
    config: { metric },
    seed: `verdict-${seed}`,
    ...(holdout ? { holdout: { share: 0.25 } } : {}),
    ...(incumbent === undefined ? {} : { incumbent }),
  });
  const fast = () => (span > 1 ? slowCoins(seed, rows, span) : coins(seed, rows, signal));
  const data = drift === undefined ? fast() : driftingCoins(seed, rows, drift);
  return (await tuner.randomSearch(data, { nTrials: trials })).report;
}

/** Normal features and a coin for the direction, bent by the first two features by up to `signal`. */
function coins(seed: number, rows: number, signal: number): Dataset {
  const random = keyedRandom('verdict', seed);
  const features = Array.from({ length: rows }, () => Array.from({ length: COLUMNS }, () => randomNormal(random)));
  const targets = features.map(([a, b]) => (random.next() < 0.5 + signal * Math.tanh(a! + b!) ? 1 : 0));
  return createDataset({
    features,
    featureNames: ['a', 'b', 'c'],
    targets,
    classes: ['down', 'up'],
    timestamps: features.map((_, row) => row * HOUR),
    labelEndsAt: features.map((_, row) => row * HOUR + HOUR / 2),
  });
}

/** Pure noise that moves slowly: labels over `span` steps ahead, and features that keep most of what they were. */
function slowCoins(seed: number, rows: number, span: number): Dataset {
  const random = keyedRandom('slow verdict', seed);
  const steps = Array.from({ length: rows + span }, () => randomNormal(random));
  const state = Array.from({ length: COLUMNS }, () => randomNormal(random));
  const features = Array.from({ length: rows }, () =>
    state.map((value, c) => {
      state[c] = KEPT * value + Math.sqrt(1 - KEPT ** 2) * randomNormal(random);
      return value;
    }),
  );
  const ahead = (row: number) => steps.slice(row, row + span).reduce((sum, step) => sum + step, 0);
  return createDataset({
    features,
    featureNames: ['a', 'b', 'c'],
    targets: features.map((_, row) => (ahead(row) > 0 ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps: features.map((_, row) => row * HOUR),
    labelEndsAt: features.map((_, row) => (row + span) * HOUR),
  });
}

/** Pure noise: features that move slowly, and a coin whose own bend moves as slowly, for reasons of its own. */
function driftingCoins(seed: number, rows: number, kept: number): Dataset {
  const random = keyedRandom('drifting verdict', seed);
  const moved = (state: number) => kept * state + Math.sqrt(1 - kept ** 2) * randomNormal(random);
  const state = Array.from({ length: COLUMNS }, () => randomNormal(random));
  let bend = randomNormal(random);
  const targets: number[] = [];
  const features = Array.from({ length: rows }, () => {
    bend = moved(bend);
    for (const [c, value] of state.entries()) state[c] = moved(value);
    targets.push(random.next() < 1 / (1 + Math.exp(-1.5 * bend)) ? 1 : 0);
    return [...state];
  });
  return createDataset({
    features,
    featureNames: ['a', 'b', 'c'],
    targets,
    classes: ['down', 'up'],
    timestamps: features.map((_, row) => row * HOUR),
    labelEndsAt: features.map((_, row) => row * HOUR + HOUR / 2),
  });
}

const DIRECTIONS = defineSpace({ a: float(-1, 1), b: float(-1, 1), c: float(-1, 1) });

/** A direction in the space of features, as it is searched: trials that lie close answer alike. Nothing is learned. */
export const lineFamily: VerdictCase['family'] = familyOf('line', DIRECTIONS, (features, { a = 0, b = 0, c = 0 }) => {
  const length = Math.hypot(a, b, c) || 1;
  return 1 / (1 + Math.exp((-0.8 * (a * features[0]! + b * features[1]! + c * features[2]!)) / length));
});

/** A die for each trial, cast by the features: no two trials have anything in common, and luck is all there is. */
export const dieFamily: VerdictCase['family'] = familyOf(
  'die',
  defineSpace({ die: int(1, 1_000_000) }),
  (features, { die = 0 }) => {
    const cast = Math.sin((features[0]! + 2 * features[1]! + 3 * features[2]!) * 1e4 + die) * 1e4;
    return cast - Math.floor(cast) < 0.5 ? 0.45 : 0.55;
  },
);

/** @param probability - Of `up`, from a row and the hyperparameters alone. */
function familyOf(
  modelType: string,
  searchSpace: ReturnType<typeof defineSpace>,
  probability: (features: Float64Array, params: Readonly<Partial<Record<string, number>>>) => number,
): VerdictCase['family'] {
  return {
    modelType,
    task: 'classification',
    searchSpace,
    defaults: {},
    async fit(train, params) {
      const model: TrainedModel = {
        modelType,
        classes: train.classes ?? [],
        featureNames: train.featureNames,
        lookBack: 0,
        predict({ values, rows, columns }) {
          const out = new Float64Array(rows * 2);
          for (let row = 0; row < rows; row++) {
            const up = probability(values.subarray(row * columns, (row + 1) * columns), params);
            out[2 * row] = 1 - up;
            out[2 * row + 1] = up;
          }
          return out;
        },
        serialize: () => new Uint8Array(),
        dispose: () => undefined,
      };
      return model;
    },
    load: () => Promise.reject(new Error(`a ${modelType} is never stored`)),
  };
}

const ALONG_C = { a: 0, b: 0, c: 1 };

/** Pure noise: nothing to find, however the trials hang together and whatever they are compared with. */
export const NOISE: readonly VerdictCase[] = [
  {
    name: 'trials alike, against no skill',
    family: lineFamily,
    rows: 480,
    signal: 0,
    holdout: false,
    metric: 'accuracy',
  },
  {
    name: 'independent trials, against no skill',
    family: dieFamily,
    rows: 480,
    signal: 0,
    holdout: false,
    metric: 'accuracy',
  },
  {
    name: 'trials alike, against an incumbent, by log loss',
    family: lineFamily,
    rows: 480,
    signal: 0,
    holdout: false,
    metric: 'log_loss',
    incumbent: ALONG_C,
  },
  {
    name: 'labels over five rows and slow features',
    family: lineFamily,
    rows: 480,
    signal: 0,
    span: 5,
    holdout: false,
    metric: 'accuracy',
  },
  {
    name: 'slow features and slow labels, against an incumbent',
    family: lineFamily,
    rows: 480,
    signal: 0,
    drift: 0.95,
    holdout: false,
    metric: 'accuracy',
    incumbent: ALONG_C,
  },
  { name: 'trials alike, with a holdout', family: lineFamily, rows: 480, signal: 0, holdout: true, metric: 'accuracy' },
];

/** A direction to find. */
export const SIGNAL: readonly VerdictCase[] = [
  { name: 'against no skill', family: lineFamily, rows: 1_200, signal: 0.25, holdout: false, metric: 'accuracy' },
  { name: 'with a holdout', family: lineFamily, rows: 1_200, signal: 0.25, holdout: true, metric: 'accuracy' },
  {
    name: 'against an incumbent without skill, with a holdout, by log loss',
    family: lineFamily,
    rows: 1_200,
    signal: 0.25,
    holdout: true,
    metric: 'log_loss',
    incumbent: ALONG_C,
  },
];

/** In how many of the first `seeds` searches the verdict is to deploy. */
export async function deployments(search: VerdictCase, seeds: number, trials: number): Promise<number> {
  let count = 0;
  for (let seed = 0; seed < seeds; seed++) {
    if ((await searchedVerdict(search, seed, trials)).suggest === 'deploy') count++;
    // A search in this thread may take no turn of the loop, and what weak references hold is let go between turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return count;
}
