import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PERFORMANCE_METRICS, type PerformanceMonitor, type PerformanceReport, type Prediction } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, NOON, type OpenChanges, openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

const SCHEMA = new URL('../../../../../docs/reference/performance-report.schema.json', import.meta.url);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

let schema: { [key: string]: Json };
/** What is wrong with a report; empty when nothing is. */
let problemsOf: (report: unknown) => readonly string[];
/** The same, and every field must be described. */
let undescribedIn: (report: unknown) => readonly string[];

beforeAll(async () => {
  schema = JSON.parse(await readFile(SCHEMA, 'utf8'));
  const judge = (text: Json) => {
    const validate = new Ajv2020({ allErrors: true, strict: true, strictRequired: false }).compile(text as object);
    return (report: unknown) =>
      validate(report) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
  problemsOf = judge(schema);
  undescribedIn = judge(closed(schema));
});

/** Refuses fields that the schema does not name. The shared figures stay open: rows add their own key to them. */
function closed(node: Json, key = ''): Json {
  if (Array.isArray(node)) return node.map((child) => closed(child));
  if (typeof node !== 'object' || node === null) return node;
  const children = Object.entries(node).map(([name, child]) => [name, closed(child, name)] as const);
  const isObject = node.type === 'object' && typeof node.properties === 'object';
  return { ...Object.fromEntries(children), ...(isObject && key !== 'figures' && { unevaluatedProperties: false }) };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlperf-schema-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function reportOf(monitor: PerformanceMonitor): Promise<PerformanceReport> {
  const path = join(folder, 'report.json');
  await monitor.exportPerformanceReport(path);
  return JSON.parse(await readFile(path, 'utf8'));
}

async function reportAfter(
  changes: Omit<OpenChanges, 'storage'>,
  fill: (monitor: PerformanceMonitor) => Promise<void>,
) {
  const monitor = await openMonitor({ storage: openMemoryStorage(), ...changes });
  await fill(monitor);
  const report = await reportOf(monitor);
  await monitor.close();
  return report;
}

const EVERYTHING = {
  windowSize: 5,
  minPredictions: 3,
  periodsPerYear: 365,
  costPerTrade: 0.001,
  falseAlarmEvery: 20,
  calibrationEvidence: 0.2,
  returnEvidence: 0.2,
  returnBound: 0.05,
};

/** Outcomes of one hour after another; each prediction also says a price. */
async function track(
  monitor: PerformanceMonitor,
  from: number,
  hits: readonly boolean[],
  changes: Partial<Prediction>,
) {
  for (const [i, hit] of hits.entries()) {
    const number = from + i;
    await monitor.trackPredictionOutcome(
      predictionOf(number, { predictedPrice: 101, ...changes }),
      outcomeOf(number, hit),
    );
  }
}

/** Four versions of a name and thirty symbols, the last version degraded, and a prediction still open. */
function busyReport(): Promise<PerformanceReport> {
  return reportAfter({ modelName: 'direction', config: EVERYTHING }, async (monitor) => {
    for (let i = 0; i < 60; i++) {
      const modelVersionId = `v${Math.floor(i / 15)}`;
      const symbol = `"S${i % 30}",\n=é`;
      await track(monitor, i, [i % 15 < 3], { modelVersionId, symbol, modelName: 'direction' });
    }
    const misses = Array.from({ length: 20 }, () => false);
    await track(monitor, 60, misses, { modelVersionId: 'v3', modelName: 'direction' });
    await monitor.recordPrediction(predictionOf(80, { modelVersionId: 'v3', modelName: 'direction' }));
  });
}

describe('the JSON report', () => {
  it('of many versions and symbols, degraded, is what the schema describes, to the last field', async () => {
    const report = await busyReport();
    expect(report.summary.versions).toHaveLength(4);
    expect(report.summary.segments.length).toBeGreaterThanOrEqual(30);
    expect(report.verdict).toMatchObject({ degraded: true, recovery: {}, modelVersionId: 'v3' });
    expect(report.verdict.evidence).toHaveLength(3);
    expect(report.windows.length).toBeGreaterThan(0);
    expect(undescribedIn(report)).toEqual([]);
  });

  it('of a model without a version, and of a version without outcomes, is valid', async () => {
    const none = await reportAfter({ modelName: 'direction' }, async () => undefined);
    expect(none.rolling).not.toHaveProperty('modelVersionId');
    expect(undescribedIn(none)).toEqual([]);
    const waiting = await reportAfter({}, (monitor) => monitor.recordPrediction(predictionOf(0)));
    expect(waiting.rolling.outcomes).toBe(0);
    expect(undescribedIn(waiting)).toEqual([]);
  });

  it('of one outcome, of one class, and of the rolling rule is valid', async () => {
    const one = await reportAfter({ config: EVERYTHING }, (monitor) => track(monitor, 0, [true], {}));
    expect(undescribedIn(one)).toEqual([]);
    const hits = Array.from({ length: 12 }, () => true);
    const sure = await reportAfter({ config: EVERYTHING }, (monitor) => track(monitor, 0, hits, { confidence: 1 }));
    expect(undescribedIn(sure)).toEqual([]);
    const rolling = await reportAfter({ config: { rule: 'rolling', windowSize: 5, minPredictions: 3 } }, (monitor) =>
      track(monitor, 0, [true, false, false, false], { confidence: 0.5 }),
    );
    expect(rolling.verdict).toMatchObject({ degraded: true, rule: 'rolling' });
    expect(undescribedIn(rolling)).toEqual([]);
  });

  it('of a model that recovered is valid', async () => {
    const outcomes = [...Array.from({ length: 30 }, () => false), ...Array.from({ length: 200 }, () => true)];
    const report = await reportAfter({ config: { falseAlarmEvery: 20 } }, (monitor) => track(monitor, 0, outcomes, {}));
    expect(report.verdict.degraded).toBe(false);
    expect(undescribedIn(report)).toEqual([]);
  });

  it('names every metric there is', () => {
    const { metrics } = schema.$defs as { metrics: { properties: object } };
    expect(Object.keys(metrics.properties).sort()).toEqual(Object.keys(PERFORMANCE_METRICS).sort());
  });
});

describe('the schema refuses a report', () => {
  const breakings: readonly (readonly [what: string, path: readonly (string | number)[], value: Json | undefined])[] = [
    ['of another format version', ['formatVersion'], 2],
    ['without the time it was made', ['generatedAt'], undefined],
    ['whose time is a text', ['generatedAt'], '2026-01-01'],
    ['without a verdict', ['verdict'], undefined],
    ['whose verdict gives no reason', ['verdict', 'reason'], ''],
    ['of an unknown rule', ['verdict', 'rule'], 'guess'],
    ['with an accuracy above 1', ['rolling', 'accuracy'], 1.5],
    ['with null for an undefined figure', ['rolling', 'metrics', 'accuracy'], null],
    ['with a correlation below −1', ['rolling', 'metrics', 'matthews_correlation'], -1.1],
    ['with half an interval', ['rolling', 'accuracyInterval', 'upper'], undefined],
    ['with a start but no end', ['rolling', 'endTime'], undefined],
    ['with nine bins', ['calibration', 'bins', 0], undefined],
    ['with an unnamed stream of evidence', ['verdict', 'evidence', 0, 'stream'], 'mood'],
    ['with a negative count', ['summary', 'total', 'outcomes'], -1],
    ['with a fraction for a count', ['summary', 'versions', 0, 'correct'], 0.5],
    ['with a version that has no name', ['summary', 'versions', 0, 'modelVersionId'], undefined],
    ['with a day that does not start at midnight', ['summary', 'daily', 0, 'dayStartAt'], NOON + HOUR],
    ['of both a name and a version', ['summary', 'modelVersionId'], 'v1'],
    ['of neither', ['summary', 'modelName'], undefined],
    ['whose windows are no list', ['windows'], {}],
    ['with a window that was never stored', ['windows', 0, 'lastSequence'], undefined],
  ];

  let report: PerformanceReport;
  beforeEach(async () => {
    report = await busyReport();
  });

  it.each(breakings)('%s', (_what, path, value) => {
    expect(problemsOf(report)).toEqual([]);
    expect(problemsOf(changed(JSON.parse(JSON.stringify(report)), path, value))).not.toEqual([]);
  });
});

/** Sets what lies at the end of a path, or takes it away. */
function changed(root: Json, path: readonly (string | number)[], value: Json | undefined): Json {
  const [key, ...rest] = path;
  if (key === undefined) return value ?? null;
  if (Array.isArray(root)) {
    const at = Number(key);
    if (rest.length === 0 && value === undefined) return root.toSpliced(at, 1);
    return root.with(at, changed(root[at]!, rest, value));
  }
  if (typeof root !== 'object' || root === null) throw new Error(`nothing at ${key}`);
  const { [key]: old, ...others } = root;
  if (old === undefined && rest.length > 0) throw new Error(`nothing at ${key}`);
  if (rest.length === 0 && value === undefined) {
    if (old === undefined) throw new Error(`nothing at ${key}`);
    return others;
  }
  return { ...others, [key]: changed(old ?? null, rest, value) };
}
