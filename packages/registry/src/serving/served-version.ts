import {
  type ClassCalibrator,
  type ClassProbabilities,
  type Direction,
  InvalidInputError,
  type Matrix,
  type ModelFamily,
  type ModelSource,
  type StoredModelVersion,
} from '@mlperf/core';
import { calibrateRows, requireCalibration } from '../bundle/decision-rules.ts';
import type { FeatureTypes } from '../bundle/feature-types.ts';
import { classDecider } from './class-decision.ts';
import { describeUnservable } from './direction-classes.ts';
import { describeNameDifference } from './feature-names.ts';
import { type LoadedVersion, loadVersion } from './load-version.ts';
import { requireProbabilityRows } from './probability-rows.ts';

/** What a model said of one row. */
export interface ServedAnswer {
  readonly direction: Direction;
  /** Calibrated probability of `direction`: at most 1, and at least 1 / classes unless thresholds decided. */
  readonly confidence: number;
  readonly probabilities: ClassProbabilities;
}

/**
 * One version as it is served: row, header and model of one piece. It is disposed of once retired and no call is
 * using it any more.
 */
export class ServedVersion {
  readonly #loaded: LoadedVersion;
  readonly #calibrator: ClassCalibrator | undefined;
  readonly #decide: ReturnType<typeof classDecider>;
  #calls = 0;
  #retired = false;

  private constructor(loaded: LoadedVersion) {
    this.#loaded = loaded;
    const { classes, calibration, thresholds } = loaded.header;
    this.#calibrator = calibration && requireCalibration(calibration, classes);
    this.#decide = classDecider(classes, thresholds);
  }

  /**
   * @param featureNames - What the host feeds, in order, when it has said so.
   * @throws as `loadVersion`, and `MODEL_FORMAT` for features other than the host's, or classes that are not `up`,
   * `down` and perhaps `flat`.
   */
  static async load(
    source: Pick<ModelSource, 'loadArtifact'>,
    version: StoredModelVersion,
    families: readonly ModelFamily[],
    featureNames: readonly string[] | undefined,
  ): Promise<ServedVersion> {
    const loaded = await loadVersion(source, version, families);
    const { classes } = loaded.header;
    const difference = featureNames && describeNameDifference('features', featureNames, loaded.header.featureNames);
    const problem = difference ?? describeUnservable(classes);
    if (problem !== undefined) {
      loaded.model.dispose();
      throw new InvalidInputError('MODEL_FORMAT', `version '${version.versionId}' cannot be served: ${problem}`);
    }
    return new ServedVersion(loaded);
  }

  get versionId(): string {
    return this.#loaded.version.versionId;
  }

  get featureNames(): readonly string[] {
    return this.#loaded.header.featureNames;
  }

  /** Of those that are more than numbers. */
  get featureTypes(): FeatureTypes | undefined {
    return this.#loaded.header.featureTypes;
  }

  get classes(): readonly string[] {
    return this.#loaded.header.classes;
  }

  get lookBack(): number {
    return this.#loaded.header.lookBack;
  }

  get flatBand(): number {
    return this.#loaded.header.flatBand;
  }

  /** How long after `trainedAt` its bundle lets it predict, milliseconds; infinite when it says nothing. */
  get maxAgeMs(): number {
    return this.#loaded.header.maxAgeMs ?? Number.POSITIVE_INFINITY;
  }

  /** Epoch milliseconds. */
  get trainedAt(): number {
    return this.#loaded.version.trainedAt;
  }

  get missingValues(): 'refused' | 'handled' {
    return this.#loaded.model.missingValues ?? 'refused';
  }

  /**
   * Runs `call` with this version kept alive until its promise settles.
   * The version is held from the moment of the call: nothing is awaited before.
   */
  async use<T>(call: () => Promise<T>): Promise<T> {
    this.#calls++;
    try {
      return await call();
    } finally {
      this.#calls--;
      this.#disposeIfDone();
    }
  }

  /** What the model says of the last row of each matrix, in order. @throws what the model throws, or refuses. */
  async predict(matrices: readonly Matrix[]): Promise<readonly ServedAnswer[]> {
    if (this.lookBack === 0) {
      const rows = await this.#probabilities(stacked(matrices));
      return matrices.map((_, row) => this.#answer(rows, row));
    }
    const answers: ServedAnswer[] = [];
    for (const matrix of matrices) {
      answers.push(this.#answer(await this.#probabilities(matrix), matrix.rows - this.lookBack - 1));
    }
    return answers;
  }

  /** No new call will use it; its model goes with the last one under way. */
  retire(): void {
    this.#retired = true;
    this.#disposeIfDone();
  }

  async #probabilities(features: Matrix): Promise<Float64Array> {
    const probabilities = await this.#loaded.model.predict(features);
    // Rows a model looks back on have no answer of their own.
    requireProbabilityRows(probabilities, features.rows - this.lookBack, this.#loaded.header.classes.length);
    return this.#calibrator === undefined ? probabilities : calibrateRows(this.#calibrator, probabilities);
  }

  #answer(rows: Float64Array, row: number): ServedAnswer {
    const { classes } = this.#loaded.header;
    const { index, probability } = this.#decide(rows, row * classes.length);
    const of = (name: Direction) => rows[row * classes.length + classes.indexOf(name)]!;
    return {
      direction: classes[index] as Direction,
      confidence: Math.min(1, probability),
      probabilities: { up: of('up'), down: of('down'), ...(classes.includes('flat') ? { flat: of('flat') } : {}) },
    };
  }

  #disposeIfDone(): void {
    if (this.#retired && this.#calls === 0) this.#loaded.model.dispose();
  }
}

function stacked(matrices: readonly Matrix[]): Matrix {
  const columns = matrices[0]!.columns;
  const values = new Float64Array(matrices.length * columns);
  matrices.forEach((matrix, row) => {
    values.set(matrix.values, row * columns);
  });
  return { values, rows: matrices.length, columns };
}
