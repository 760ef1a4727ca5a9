import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PerformanceReport, wilsonInterval } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, NOON, openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

const CONFIG = { windowSize: 3, minPredictions: 3, costPerTrade: 0.001, periodsPerYear: 365 };
const NASTY = '=HYPERLINK("http://x","a, b")';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlperf-report-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Ten outcomes, two thirds of them right, over two days and two symbols; and one prediction still open. */
async function busyMonitor() {
  const storage = openMemoryStorage();
  const monitor = await openMonitor({ storage, config: CONFIG });
  for (let i = 0; i < 10; i++) {
    const symbol = i % 2 === 0 ? NASTY : 'BTC-USD';
    await monitor.trackPredictionOutcome(predictionOf(i * 2, { symbol }), outcomeOf(i * 2, i % 3 !== 0));
  }
  await monitor.recordPrediction(predictionOf(20));
  return { storage, monitor };
}

describe('summary', () => {
  it('counts by the day a prediction was made, by version and by symbol, with what has no outcome yet', async () => {
    const { monitor } = await busyMonitor();
    const summary = await monitor.getPerformanceSummary(30);
    expect(summary.total).toMatchObject({
      outcomes: 10,
      correct: 6,
      accuracy: 6 / 10,
      accuracyInterval: wilsonInterval(6, 10, 0.95),
      noSkillAccuracy: 6 / 10,
      labelCoverage: { predictions: 11, resolved: 10, share: 10 / 11 },
    });
    // Midnight comes after the sixth prediction: 12, 14, 16, 18, 20, 22 | 0, 2, 4, 6 o'clock and the open one at 8.
    expect(
      summary.daily.map(({ dayStartAt, outcomes, labelCoverage }) => [dayStartAt, outcomes, labelCoverage.predictions]),
    ).toEqual([
      [NOON - 12 * HOUR, 6, 6],
      [NOON + 12 * HOUR, 4, 5],
    ]);
    expect(summary.segments.map(({ symbol, outcomes, correct }) => [symbol, outcomes, correct])).toEqual([
      [NASTY, 5, 3],
      ['BTC-USD', 5, 3],
    ]);
    expect(summary.versions).toMatchObject([{ modelVersionId: 'v1', outcomes: 10 }]);
    await monitor.close();
  });

  it('leaves out what lies before the range', async () => {
    const { monitor } = await busyMonitor();
    // Two days after noon, one day back: from noon of the second day on.
    expect((await monitor.getPerformanceSummary(1)).total).toMatchObject({
      outcomes: 0,
      labelCoverage: { predictions: 0, resolved: 0 },
      metrics: {},
    });
    expect((await monitor.getPerformanceSummary(1.5)).total.labelCoverage.predictions).toBe(5);
    for (const days of [0, -1, Number.NaN, 1e9]) {
      await expect(monitor.getPerformanceSummary(days)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    }
    await monitor.close();
  });
});

describe('rolling figures', () => {
  it('come with interval, no-skill baseline, coverage and every defined metric', async () => {
    const { monitor } = await busyMonitor();
    const figures = monitor.calculateRollingMetrics();
    // The last three outcomes: hit, hit, miss.
    expect(figures).toMatchObject({
      modelVersionId: 'v1',
      windowSize: 3,
      outcomes: 3,
      accuracy: 2 / 3,
      noSkillAccuracy: 2 / 3,
      startTime: NOON + 15 * HOUR,
      endTime: NOON + 19 * HOUR,
    });
    expect(figures.metrics.accuracy).toBe(2 / 3);
    expect(figures.metrics.sharpe_ratio).toBeDefined();
    expect(monitor.calculateRollingMetrics(10)).toMatchObject({ outcomes: 10, correct: 6 });
    expect(() => monitor.calculateRollingMetrics(1_001)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    const calibration = monitor.getConfidenceCalibration(10);
    expect(calibration).toMatchObject({ outcomes: 10, accuracy: 6 / 10 });
    expect(calibration.expectedCalibrationError).toBeCloseTo(0, 12);
    expect(calibration.bins[5]).toMatchObject({ count: 10, correct: 6 });
    await monitor.close();
  });

  it('of nothing are absent, not zero', async () => {
    const monitor = await openMonitor({ storage: openMemoryStorage() });
    const figures = monitor.calculateRollingMetrics();
    expect(figures).toEqual({
      modelVersionId: 'v1',
      windowSize: 50,
      outcomes: 0,
      correct: 0,
      labelCoverage: { predictions: 0, resolved: 0 },
      metrics: {},
    });
    await monitor.close();
  });
});

describe('exported reports', () => {
  it('as JSON hold everything', async () => {
    const { monitor, storage } = await busyMonitor();
    const path = join(folder, 'report.json');
    await monitor.exportPerformanceReport(path);
    const report = JSON.parse(await readFile(path, 'utf8')) as PerformanceReport;
    expect(report).toMatchObject({ formatVersion: 1, generatedAt: NOON + 48 * HOUR });
    expect(report.summary).toEqual(JSON.parse(JSON.stringify(await monitor.getPerformanceSummary(30))));
    expect(report.verdict).toEqual(JSON.parse(JSON.stringify(monitor.detectDegradation())));
    expect(report.windows).toEqual(await storage.windows.recent({ modelVersionId: 'v1', limit: 10 }));
    expect(report.windows).toHaveLength(3);
    await monitor.close();
  });

  it('as CSV are one table that parses, and no cell of which a spreadsheet would run', async () => {
    const { monitor } = await busyMonitor();
    const path = join(folder, 'report.csv');
    await monitor.exportPerformanceReport(path);
    const text = await readFile(path, 'utf8');
    const [header, ...rows] = parseCsv(text);
    expect(text.endsWith('\r\n')).toBe(true);
    expect(new Set([header, ...rows].map((row) => row!.length))).toEqual(new Set([39]));
    expect(rows.map(([scope]) => scope)).toEqual([
      'total',
      'rolling',
      'version',
      'symbol',
      'symbol',
      'day',
      'day',
      'window',
      'window',
      'window',
    ]);
    const column = (name: string) => header!.indexOf(name);
    expect(rows[0]![column('accuracy')]).toBe('0.6');
    expect(rows[0]![column('label_coverage')]).toBe(String(10 / 11));
    expect(rows[3]![column('name')]).toBe(`'${NASTY}`);
    expect(rows.flat().filter((cell) => /^[=+@\t]/.test(cell) || /^-(?![\d.])/.test(cell))).toEqual([]);
    await monitor.close();
  });

  it('replace the old file whole and leave nothing else behind', async () => {
    const { monitor } = await busyMonitor();
    const path = join(folder, 'report.csv');
    await writeFile(path, 'old');
    await monitor.exportPerformanceReport(path);
    expect(await readdir(folder)).toEqual(['report.csv']);
    expect(await readFile(path, 'utf8')).toMatch(/^scope,name/);
    await monitor.close();
  });

  it('refuse another extension and a path that cannot be written', async () => {
    const { monitor } = await busyMonitor();
    await expect(monitor.exportPerformanceReport(join(folder, 'report.xlsx'))).rejects.toMatchObject({
      code: 'INVALID_TYPE',
      message: expect.stringContaining('report.xlsx'),
    });
    await expect(monitor.exportPerformanceReport(join(folder, 'missing', 'report.csv'))).rejects.toMatchObject({
      code: 'IO_FAILURE',
    });
    expect(await readdir(folder)).toEqual([]);
    await monitor.close();
  });
});

/** RFC 4180, character by character. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',') {
      rows.at(-1)!.push(cell);
      cell = '';
    } else if (character === '\r' && text[i + 1] === '\n') {
      rows.at(-1)!.push(cell);
      cell = '';
      i++;
      if (i + 1 < text.length) rows.push([]);
    } else cell += character;
  }
  return rows;
}
