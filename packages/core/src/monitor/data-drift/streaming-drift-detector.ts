import { createHash } from 'node:crypto';
import { ConflictError, InvalidInputError, NotFoundError } from '../../errors.ts';
import { keyedRandom } from '../../random/random-source.ts';
import { canonicalJson } from '../../records/canonical.ts';
import type { JsonObject } from '../../types/json.ts';
import type { DriftShape } from './bin-alternatives.ts';
import type { DriftReferenceProfile } from './drift-reference-profile.ts';
import type { FeatureRow } from './feature-row.ts';
import { shortList } from './feature-row.ts';
import { FeatureStream } from './feature-stream.ts';
import { parseDriftReference } from './parse-drift-reference.ts';
import { RankBins } from './rank-bins.ts';
import { describeStream, type FeatureStreamStanding, type StreamingDriftVerdict } from './streaming-drift-verdict.ts';

export interface StreamingDriftOptions {
  /** Mean number of rows to a false alarm that is guaranteed, over all features together, > 1. Default 10,000. */
  readonly falseAlarmEvery?: number;
  /** Rank bins per feature, 2 to 100; at most reference rows + 1 are used. Default 20. */
  readonly bins?: number;
  /**
   * Uses each h-th row only, ≥ 1: for rows that depend on the h − 1 before them. The budget still counts all rows.
   * Default 1.
   */
  readonly every?: number;
  /** Of the random order among equal values. Any text that does not depend on the data. Default `data-drift`. */
  readonly seed?: string;
}

/** A feature that has just drifted. */
export interface FeatureAlarm {
  readonly feature: string;
  readonly statistic: number;
  readonly threshold: number;
  readonly shape: DriftShape;
}

interface WatchedFeature {
  readonly name: string;
  readonly bins: RankBins;
  readonly stream: FeatureStream;
  missing: number;
  alarms: number;
  shape: DriftShape | undefined;
  driftedAtRow: number | undefined;
}

const DRIFT_SHAPES: readonly unknown[] = ['higher', 'lower', 'wider', 'narrower', 'other'];

/**
 * Data drift row by row, with an alarm budget: a Shiryaev–Roberts e-detector per feature on the rank of each value among
 * the reference, ties broken at random.
 *
 * Promise: if the rows of the reference and of the stream are exchangeable (independent draws of one distribution, say),
 * the mean number of rows to the first alarm is at least `falseAlarmEvery`, and the mean number of alarms in any n rows
 * at most n / falseAlarmEvery (half that for two features or more). It holds exactly for any distribution, any
 * dependence between features, ties, missing values and any size of the reference, which counts as a sample and not as
 * the truth: the mean is over references too. It does not hold for rows that depend on earlier ones: see `every`.
 *
 * With d ≥ 2 features each has the threshold 2 · d · falseAlarmEvery / every; docs/guides/data-drift.md proves why the 2.
 *
 * A drifted feature stays drifted until {@link StreamingDriftDetector.acknowledge}; its later alarms are counted only.
 *
 * @remarks O(features × bins × 12) time per row: about 1 µs per feature, and some more where a value ties with an edge.
 * Memory and stored state O(features × bins), whatever the number of rows.
 * @see docs/guides/data-drift.md; Shin, Ramdas & Rinaldo (2024), arXiv 2203.03532; Vovk, Gammerman & Shafer (2005),
 * Algorithmic Learning in a Random World, chapter 7 (testing exchangeability)
 * @example
 * const detector = new StreamingDriftDetector(buildDriftReference(trainingRows), { falseAlarmEvery: 5_000 });
 * for (const row of rows) for (const alarm of detector.update(row)) console.log(alarm.feature, alarm.shape);
 */
export class StreamingDriftDetector {
  readonly falseAlarmEvery: number;
  readonly #features: readonly WatchedFeature[];
  readonly #names: ReadonlySet<string>;
  readonly #referenceRows: number;
  readonly #seed: string;
  readonly #every: number;
  readonly #identity: string;
  #rows = 0;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE` for an option; `INVALID_RECORD` for a profile that is none. */
  constructor(profile: DriftReferenceProfile, options: StreamingDriftOptions = {}) {
    const reference = parseDriftReference(profile);
    const { falseAlarmEvery = 10_000, bins = 20, every = 1, seed = 'data-drift' } = options;
    if (!(falseAlarmEvery > 1 && falseAlarmEvery <= 1e12)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `falseAlarmEvery must be above 1, at most 1e12; got ${falseAlarmEvery}`,
      );
    }
    if (!Number.isInteger(bins) || bins < 2 || bins > 100) {
      throw new InvalidInputError('OUT_OF_RANGE', `bins must be a whole number from 2 to 100; got ${bins}`);
    }
    if (!Number.isSafeInteger(every) || every < 1 || every >= falseAlarmEvery) {
      const range = `a whole number ≥ 1 and below falseAlarmEvery = ${falseAlarmEvery}`;
      throw new InvalidInputError('OUT_OF_RANGE', `every must be ${range}; got ${every}`);
    }
    const count = reference.features.length;
    const budget = falseAlarmEvery / every;
    const threshold = count === 1 ? budget : 2 * count * budget;
    this.#every = every;
    this.falseAlarmEvery = falseAlarmEvery;
    this.#seed = seed;
    this.#referenceRows = reference.rows;
    this.#features = reference.features.map((feature) => {
      const rankBins = new RankBins(feature, reference.rows, bins, seed);
      return {
        name: feature.name,
        bins: rankBins,
        stream: new FeatureStream(rankBins.gaps, threshold),
        missing: 0,
        alarms: 0,
        shape: undefined,
        driftedAtRow: undefined,
      };
    });
    this.#names = new Set(reference.features.map(({ name }) => name));
    this.#identity = createHash('sha256')
      .update(canonicalJson({ reference, falseAlarmEvery, bins, every, seed }))
      .digest('hex');
  }

  /** Rows seen. */
  get rows(): number {
    return this.#rows;
  }

  get drifted(): boolean {
    return this.#features.some(({ driftedAtRow }) => driftedAtRow !== undefined);
  }

  /**
   * Takes the next row. A feature it lacks is missing, which is evidence as any value is.
   * @returns the features that drifted with this row and had not before.
   * @throws {@link InvalidInputError} `LENGTH_MISMATCH` for a feature the reference does not have; `NOT_FINITE` |
   * `INVALID_TYPE` for a value, `OUT_OF_RANGE` beyond ±1e100. Then nothing has changed.
   */
  update(row: FeatureRow): readonly FeatureAlarm[] {
    const unexpected = Object.keys(row).filter((name) => row[name] !== undefined && !this.#names.has(name));
    if (unexpected.length > 0) {
      const expectation = `a row must have features of the reference only`;
      throw new InvalidInputError('LENGTH_MISMATCH', `${expectation}; got unexpected ${shortList(unexpected)}`);
    }
    const where = `row ${this.#rows + 1}`;
    const positions = this.#features.map(({ bins }) => bins.positionOf(row, where));
    this.#rows++;
    const alarms: FeatureAlarm[] = [];
    this.#features.forEach((feature, i) => {
      const { name, bins, stream } = feature;
      const position = positions[i]!;
      if (position === Number.POSITIVE_INFINITY) feature.missing++;
      if (this.#rows % this.#every !== 0) return;
      // Keyed by row and feature: what one value draws moves no other, and a restart draws the same.
      const bin = bins.binOf(position, () => keyedRandom(this.#seed, 'tie', name, this.#rows).next());
      const alarm = stream.update(bin);
      if (alarm === undefined) return;
      feature.alarms++;
      if (feature.driftedAtRow !== undefined) return;
      feature.driftedAtRow = this.#rows;
      feature.shape = alarm.shape;
      alarms.push({ feature: name, ...alarm, threshold: stream.threshold });
    });
    return alarms;
  }

  /**
   * Marks drifted features (default: all) as known: their next alarm is news again. Evidence is not touched.
   * @throws {@link NotFoundError} for a name that is not in the reference.
   */
  acknowledge(features: readonly string[] = this.#features.map(({ name }) => name)): void {
    for (const name of features) {
      if (!this.#names.has(name)) throw new NotFoundError(`the reference must have the feature '${name}'; it does not`);
    }
    for (const feature of this.#features) {
      if (!features.includes(feature.name)) continue;
      feature.driftedAtRow = undefined;
      feature.shape = undefined;
    }
  }

  verdict(): StreamingDriftVerdict {
    const standings = this.#features.map((feature) => this.#standingOf(feature));
    const driftedFeatures = standings.filter(({ drifted }) => drifted).map(({ feature }) => feature);
    const drifted = driftedFeatures.length > 0;
    const verdict = {
      standing: drifted ? 'drifted' : 'stable',
      drifted,
      rows: this.#rows,
      referenceRows: this.#referenceRows,
      falseAlarmEvery: this.falseAlarmEvery,
      driftedFeatures,
      features: standings.sort(
        (a, b) => Number(b.drifted) - Number(a.drifted) || b.statistic / b.threshold - a.statistic / a.threshold,
      ),
    } as const;
    return { ...verdict, reason: describeStream(verdict) };
  }

  /** The detector between two rows, without the reference: {@link StreamingDriftDetector.restore} needs the same one. */
  toJSON(): JsonObject {
    return {
      formatVersion: 1,
      identity: this.#identity,
      rows: this.#rows,
      features: this.#features.map(({ name, stream, missing, alarms, shape, driftedAtRow }) => ({
        name,
        missing,
        alarms,
        shape,
        driftedAtRow,
        stream: stream.toJSON(),
      })),
    };
  }

  /**
   * A detector that goes on, bit for bit, where the stored one stood.
   * @param profile - The reference, and `options` the options, that it was made with.
   * @throws {@link ConflictError} `CONFLICT` when they are others; {@link InvalidInputError} `INVALID_RECORD` when the state
   * is none.
   */
  static restore(
    json: unknown,
    profile: DriftReferenceProfile,
    options: StreamingDriftOptions = {},
  ): StreamingDriftDetector {
    const detector = new StreamingDriftDetector(profile, options);
    detector.#restore(json);
    return detector;
  }

  #restore(json: unknown): void {
    const { formatVersion, identity, rows, features } = isObject(json) ? json : {};
    if (formatVersion !== 1) throw refused(`must have formatVersion 1; got ${JSON.stringify(formatVersion)}`);
    if (typeof identity !== 'string') throw refused('must name its reference and options');
    if (identity !== this.#identity) {
      throw new ConflictError('a stored drift detector must belong to this reference and these options; got another');
    }
    if (!isCount(rows) || !Array.isArray(features) || features.length !== this.#features.length) {
      throw refused(`must hold its rows and ${this.#features.length} features`);
    }
    this.#features.forEach((feature, i) => {
      const stored: unknown = features[i];
      const { name, missing, alarms, shape, driftedAtRow, stream } = isObject(stored) ? stored : {};
      const latched = driftedAtRow !== undefined;
      const fits =
        name === feature.name &&
        isCount(missing) &&
        missing <= rows &&
        isCount(alarms) &&
        (latched ? isCount(driftedAtRow) && driftedAtRow <= rows && DRIFT_SHAPES.includes(shape) : shape === undefined);
      if (!fits) throw refused(`feature ${i} must be ${feature.name} with its counts`);
      feature.stream.restore(stream, Math.floor(rows / this.#every));
      feature.missing = missing;
      feature.alarms = alarms;
      feature.shape = shape as DriftShape | undefined;
      feature.driftedAtRow = driftedAtRow as number | undefined;
    });
    this.#rows = rows;
  }

  #standingOf({ name, stream, missing, alarms, shape, driftedAtRow }: WatchedFeature): FeatureStreamStanding {
    return {
      feature: name,
      drifted: driftedAtRow !== undefined,
      statistic: stream.statistic,
      threshold: stream.threshold,
      alarms,
      ...(shape !== undefined && { shape }),
      ...(driftedAtRow !== undefined && { driftedAtRow }),
      ...(this.#rows > 0 && { missingShare: missing / this.#rows }),
    };
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError('INVALID_RECORD', `a stored drift detector ${problem}`);
}
