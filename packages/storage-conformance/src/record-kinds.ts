import assert from 'node:assert/strict';
import type { StorageStores } from '@mlperf/core';
import {
  NAME,
  registerVersion,
  START,
  sampleBytes,
  sampleDraft,
  sampleEvent,
  sampleExperiment,
  sampleMonitorState,
  samplePrediction,
  samplePromotion,
  sampleReference,
  sampleResolution,
  sampleRetraining,
  sampleStudy,
  sampleWindow,
} from './sample-records.ts';

/** A way into a record: property names and indexes. */
export type Path = readonly (string | number)[];

/** One kind of record a store takes: how to make, write and read one, and where its text and numbers are. */
export interface RecordKind {
  readonly name: string;
  /** Stores what a record needs to be there. */
  readonly prepare?: (stores: StorageStores) => Promise<unknown>;
  readonly make: () => object;
  readonly write: (stores: StorageStores, record: object) => Promise<unknown>;
  /** What is stored, in the form it was given; `undefined` when nothing is. */
  readonly read: (stores: StorageStores) => Promise<unknown>;
  readonly texts: readonly Path[];
  /** Those of its texts that `read` looks it up by, or that name another record. */
  readonly keys: readonly Path[];
  readonly numbers: readonly Path[];
  /** Objects whose own keys the caller chooses. */
  readonly open: readonly Path[];
  /** A property that may be absent. */
  readonly optional?: string;
  /** Values of the right type and out of range. */
  readonly outOfRange: readonly (readonly [Path, unknown])[];
}

/** Content hash of `sampleBytes()`. */
const SAMPLE_SHA256 = '533fa5ae59cabcbce34fa3297eb601dce4c4fb5a27f18781afe1c47a9ffc50d2';

const TIMES = [-1, 0.5, 8.64e15 + 1, '2024-01-01'];
const outOfTime = (...path: Path): (readonly [Path, unknown])[] => TIMES.map((value) => [path, value] as const);

export const recordKinds: readonly RecordKind[] = [
  {
    name: 'prediction',
    make: () =>
      samplePrediction('p', {
        dueAt: START + 1,
        probabilities: { up: 0.6, down: 0.3, flat: 0.1 },
        referencePrice: 100,
        predictedPrice: 101,
        features: { rsi: 30 },
      }),
    write: ({ predictions }, record) => predictions.append([samplePrediction('other'), record as never]),
    read: async ({ predictions }) => (await predictions.get(['p']))[0] ?? (await predictions.get(['other']))[0],
    texts: [['id'], ['decisionId'], ['modelName'], ['modelVersionId'], ['symbol']],
    keys: [['id']],
    numbers: [['predictedAt'], ['confidence'], ['probabilities', 'up'], ['referencePrice'], ['features', 'rsi']],
    open: [['features']],
    optional: 'modelName',
    outOfRange: [
      ...outOfTime('predictedAt'),
      [['dueAt'], START - 1],
      [['confidence'], 0],
      [['confidence'], -0.1],
      [['confidence'], 1.0000001],
      [['direction'], 'sideways'],
      [['role'], 'boss'],
      [['probabilities'], { up: 0.6, down: 0.3 }],
      [['probabilities'], { up: 1.2, down: -0.2 }],
      [['probabilities'], { up: 0.4, down: 0.6 }],
      [['probabilities', 'sideways'], 0],
      [['referencePrice'], 0],
      [['predictedPrice'], -1],
      [['features', 'rsi'], '30'],
      [['features', 'rsi'], null],
    ],
  },
  {
    name: 'outcome',
    prepare: ({ predictions }) => predictions.append([samplePrediction('p')]),
    make: () => sampleResolution(samplePrediction('p'), 'up', { price: 101, marketReturn: 0.01, netReturn: 0.009 }),
    write: ({ predictions }, record) => predictions.resolve([record as never]),
    async read({ predictions }) {
      const outcome = (await predictions.get(['p']))[0]?.outcome;
      if (outcome === undefined) return undefined;
      const { sequence: _given, recordedAt, ...judged } = outcome;
      return { predictionId: 'p', outcome: judged, recordedAt };
    },
    texts: [['predictionId']],
    keys: [['predictionId']],
    numbers: [['recordedAt'], ['outcome', 'observedAt'], ['outcome', 'price'], ['outcome', 'netReturn']],
    open: [],
    outOfRange: [
      ...outOfTime('outcome', 'observedAt'),
      [['outcome', 'price'], 0],
      [['outcome', 'direction'], 'sideways'],
      [['outcome', 'correct'], 1],
      [['outcome', 'sequence'], 5],
      [['correction'], 'yes'],
    ],
  },
  {
    name: 'performance window',
    make: () => sampleWindow({ segment: 'BTC/USDT' }),
    write: ({ windows }, record) => windows.save(record as never),
    read: async ({ windows }) =>
      (await windows.recent({ modelVersionId: 'v1', segment: 'BTC/USDT', limit: 1 }))[0] ??
      (await windows.recent({ modelVersionId: 'v1', limit: 1 }))[0],
    texts: [['modelVersionId'], ['segment']],
    keys: [['modelVersionId'], ['segment']],
    numbers: [['windowSize'], ['accuracy'], ['startTime'], ['metrics', 'sharpe_ratio'], ['lastSequence']],
    open: [],
    optional: 'accuracy',
    outOfRange: [
      ...outOfTime('startTime'),
      [['windowSize'], 0],
      [['predictionsCount'], 51],
      [['correctPredictions'], 51],
      [['accuracy'], 1.01],
      [['endTime'], START - 1],
      [['metrics', 'luck'], 1],
      [['lastSequence'], 1.5],
    ],
  },
  {
    name: 'monitor state',
    make: () => sampleMonitorState(),
    write: ({ monitorStates }, record) => monitorStates.put(record as never),
    read: ({ monitorStates }) => monitorStates.get('v1'),
    texts: [['modelVersionId']],
    keys: [['modelVersionId']],
    numbers: [['sequence'], ['updatedAt'], ['state', 'evidence', 0]],
    open: [['state'], ['state', 'nested']],
    outOfRange: [[['sequence'], -1], [['state'], []], [['state'], null], ...outOfTime('updatedAt')],
  },
  {
    name: 'drift reference',
    make: () => sampleReference(),
    write: ({ references }, record) => references.put(record as never),
    read: ({ references }) => references.get('v1', 'features'),
    texts: [['modelVersionId'], ['name'], ['reference', 'columns', 0]],
    keys: [['modelVersionId'], ['name']],
    numbers: [['createdAt'], ['reference', 'counts', 0, 1]],
    open: [['reference']],
    outOfRange: [[['reference'], 'x'], ...outOfTime('createdAt')],
  },
  {
    name: 'study',
    make: () => sampleStudy('s', { settings: { folds: 5 } }),
    write: ({ studies }, record) => studies.create(record as never),
    read: ({ studies }) => studies.get('s'),
    texts: [['studyId'], ['modelType'], ['sampler'], ['metric'], ['seed'], ['dataVersion']],
    keys: [['studyId']],
    numbers: [['parallelism'], ['createdAt'], ['searchSpace', 'trees', 'low']],
    open: [['searchSpace'], ['searchSpace', 'trees'], ['settings']],
    optional: 'settings',
    outOfRange: [[['direction'], 'up'], [['parallelism'], 0], [['searchSpace'], [1]], ...outOfTime('createdAt')],
  },
  {
    name: 'experiment',
    make: () =>
      sampleExperiment('e', { studyId: 's', trialNumber: 0, notes: 'n', worker: 'w', featureImportance: { rsi: 1 } }),
    write: ({ trials }, record) => trials.save(record as never),
    read: ({ trials }) => trials.get('e'),
    texts: [['experimentId'], ['studyId'], ['modelType'], ['hyperparameters', 'criterion'], ['worker'], ['notes']],
    keys: [['experimentId']],
    numbers: [['cvScores', 1], ['meanCvScore'], ['trainingTimeSeconds'], ['testMetrics', 'accuracy'], ['createdAt']],
    open: [['hyperparameters'], ['testMetrics'], ['featureImportance']],
    optional: 'notes',
    outOfRange: [
      [['state'], 'done'],
      [['trialNumber'], -1],
      [['stdCvScore'], -0.1],
      [['trainingTimeSeconds'], -1],
      [['cvScores'], 0.5],
      [['testMetrics', 'accuracy'], null],
    ],
  },
  {
    name: 'model version',
    prepare: ({ artifacts }) => artifacts.put(sampleBytes()),
    make: () => sampleDraft('m', { sha256: SAMPLE_SHA256, bytes: sampleBytes().byteLength }),
    write: ({ models }, record) => models.register(record as never),
    async read({ models }) {
      const stored = await models.get('m');
      if (stored === undefined) return undefined;
      const { version: _given, ...draft } = stored;
      return draft;
    },
    texts: [['versionId'], ['modelName'], ['modelType'], ['artifact', 'format'], ['dataVersion'], ['featureNames', 0]],
    keys: [['versionId']],
    numbers: [['trainedAt'], ['artifact', 'bytes'], ['trainingMetrics', 'accuracy'], ['hyperparameters', 'trees']],
    open: [['hyperparameters'], ['trainingMetrics'], ['metadata']],
    outOfRange: [
      [['status'], 'retired'],
      [['artifact', 'bytes'], -1],
      [['artifact', 'path'], '/etc/passwd'],
      [['featureNames'], 'rsi'],
      [['featureNames', 0], ''],
      [['version'], 7],
      ...outOfTime('trainedAt'),
    ],
  },
  {
    name: 'bar',
    prepare: (stores) => registerVersion(stores, 'm'),
    make: () => ({ versionId: 'm', modelName: NAME, reason: 'lost', at: START }),
    write: ({ models }, record) => models.bar(record as never),
    read: async ({ models }) => (await models.barred(NAME))[0],
    texts: [['versionId'], ['modelName'], ['reason']],
    keys: [['versionId'], ['modelName']],
    numbers: [['at']],
    open: [],
    outOfRange: [[['reason'], ''], ...outOfTime('at')],
  },
  {
    name: 'promotion',
    prepare: (stores) => registerVersion(stores, 'm'),
    make: () => samplePromotion('m', { evidence: { gain: 0.05, notes: ['a'] } }),
    write: ({ slots }, record) => slots.promote(record as never),
    async read({ promotions }) {
      const [promotion] = (await promotions.list(NAME)).items;
      if (promotion === undefined) return undefined;
      const { sequence: _given, ...said } = promotion;
      return said;
    },
    texts: [['modelName'], ['versionId'], ['actor'], ['reason'], ['evidence', 'notes', 0]],
    keys: [['modelName'], ['versionId']],
    numbers: [['at'], ['evidence', 'gain']],
    open: [['evidence']],
    optional: 'evidence',
    outOfRange: [[['kind'], 'coup'], [['actor'], ''], [['reason'], ''], ...outOfTime('at')],
  },
  {
    name: 'slot patch',
    prepare: (stores) => registerVersion(stores, 'm'),
    make: () => ({ pinned: true, frozenUntil: START, probation: { versionId: 'm', startedAt: START, endsAt: START } }),
    write: ({ slots }, record) => slots.update(NAME, record as never),
    async read({ slots }) {
      const { pinned, frozenUntil, probation } = (await slots.get(NAME))!;
      return pinned || frozenUntil !== undefined || probation !== undefined
        ? { pinned, frozenUntil, probation }
        : undefined;
    },
    texts: [['probation', 'versionId']],
    keys: [['probation', 'versionId']],
    numbers: [['frozenUntil'], ['probation', 'startedAt']],
    open: [],
    outOfRange: [
      [['pinned'], 1],
      [['suspended'], 'no'],
      [['championVersionId'], 'm'],
      [['probation', 'endsAt'], START - 1],
      ...outOfTime('frozenUntil'),
    ],
  },
  {
    name: 'retraining',
    make: () => sampleRetraining('r', { oldVersionId: 'v1', evidence: { rows: 500 } }),
    write: ({ retrainings }, record) => retrainings.create(record as never),
    read: ({ retrainings }) => retrainings.get('r'),
    texts: [['retrainingId'], ['modelName'], ['trigger', 'reason'], ['oldVersionId']],
    keys: [['retrainingId']],
    numbers: [['requestedAt'], ['trigger', 'currentValue'], ['evidence', 'rows']],
    open: [['evidence']],
    optional: 'evidence',
    outOfRange: [
      [['trigger', 'triggerType'], 'mood'],
      [['stage'], 'sleeping'],
      [['error'], { code: 'X' }],
      [['seconds'], -1],
      ...outOfTime('updatedAt'),
    ],
  },
  {
    name: 'outbox event',
    make: () => sampleEvent(),
    write: ({ outbox }, record) => outbox.append([record as never]),
    async read({ outbox }) {
      const [event] = await outbox.read({ consumer: 'c', limit: 1 });
      if (event === undefined) return undefined;
      const { sequence: _given, ...draft } = event;
      return draft;
    },
    texts: [['modelName'], ['type'], ['payload', 'versionId']],
    keys: [],
    numbers: [['at'], ['payload', 'gain']],
    open: [['payload']],
    outOfRange: [[['payload'], 'x'], [['sequence'], 1], ...outOfTime('at')],
  },
];

/** A copy of a record with one value changed; `undefined` removes it. */
export function changed(record: object, path: Path, value: unknown): object {
  const copy: unknown = structuredClone(record);
  let holder = copy as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) holder = holder[part] as Record<string | number, unknown>;
  const last = path.at(-1) ?? assert.fail('a path must not be empty');
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy as object;
}
