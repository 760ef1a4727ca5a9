import {
  type Clock,
  type EventSource,
  InterruptedError,
  InvalidInputError,
  type Listener,
  type ListenerErrorHandler,
  type ModelFamily,
  type ModelSource,
  type Page,
  type PageRequest,
  type PredictionRecorder,
  type PredictionStore,
  systemClock,
  type TrackedPrediction,
} from '@mlperf/core';
import { ChampionFollower } from './champion-follower.ts';
import { featureMatrix, precedingRowCount } from './feature-matrix.ts';
import { inTurns } from './in-turns.ts';
import {
  defaultPredictionId,
  type PredictionRequest,
  type PredictionResult,
  type ServedPrediction,
} from './prediction-request.ts';
import type { PredictorEvents } from './predictor-events.ts';
import type { ServedAnswer, ServedVersion } from './served-version.ts';

export interface ModelPredictorOptions {
  /** A `ModelRegistry`. */
  readonly source: ModelSource;
  readonly modelName: string;
  /** Loads the versions of this name; given in code. */
  readonly families: readonly ModelFamily[];
  /** The features the host feeds, in order. A version trained on others is refused, and rows may come without names. */
  readonly featureNames?: readonly string[];
  /** Stores each prediction before it is returned; a `PerformanceMonitor` is one. */
  readonly recorder?: PredictionRecorder;
  /** What {@link ModelPredictor.getPredictionHistory} reads. */
  readonly predictions?: Pick<PredictionStore, 'list'>;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** How old the reading of the slot may be when a prediction is asked for, milliseconds; default 1,000. */
  readonly refreshIntervalMs?: number;
  /** The id of a prediction that comes without one; default {@link defaultPredictionId}. */
  readonly predictionId?: (modelName: string, symbol: string, predictedAt: number) => string;
  /** Default: a process warning. */
  readonly onListenerError?: ListenerErrorHandler;
}

/** Most requests of one batch. */
const MAX_BATCH = 10_000;
/** Requests of a large batch between two turns of the event loop. */
const ROWS_PER_TURN = 250;
/** Of a model that looks back: a window costs as much as many rows. */
const WINDOWS_PER_TURN = 25;
const DAY_MS = 86_400_000;

/**
 * Serves the champion of one model name. A promotion swaps one reference: each call is answered by one version from
 * beginning to end, and a replaced version is disposed of after its last call.
 *
 * A promotion made through `source` is loaded at once. One made by another process is seen by reading the slot again,
 * which a prediction starts when the last reading is older than `refreshIntervalMs`, without waiting for it: the swap
 * follows some calls later; only a call with nothing to serve waits. `await refresh()` to be sure. When a champion cannot be loaded the version before it goes
 * on serving, and `model-load-failed` says so.
 */
export class ModelPredictor implements EventSource<PredictorEvents> {
  readonly #options: ModelPredictorOptions;
  readonly #clock: Clock;
  readonly #champion: ChampionFollower;
  #closed = false;

  private constructor(options: ModelPredictorOptions) {
    const { source, modelName, families, featureNames, onListenerError, refreshIntervalMs = 1_000 } = options;
    if (!(refreshIntervalMs >= 0)) {
      throw new InvalidInputError('INVALID_CONFIG', `refreshIntervalMs must be at least 0; got ${refreshIntervalMs}`);
    }
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const clock = this.#clock;
    const following = { source, modelName, families, featureNames, clock, refreshIntervalMs, onListenerError };
    this.#champion = new ChampionFollower(following);
  }

  /** Loads the champion, if there is one; a champion that cannot be loaded is no reason to fail. */
  static async open(options: ModelPredictorOptions): Promise<ModelPredictor> {
    const predictor = new ModelPredictor(options);
    try {
      await predictor.refresh();
    } catch (error) {
      await predictor.close();
      throw error;
    }
    return predictor;
  }

  get modelName(): string {
    return this.#options.modelName;
  }

  /** The version that answers now. */
  get servedVersionId(): string | undefined {
    return this.#champion.served?.versionId;
  }

  /**
   * How many `precedingRows` the version that answers now needs; 0 for one without memory, `undefined` while nothing is
   * served. A promotion may change it: `model-swapped` tells.
   */
  get lookBack(): number | undefined {
    return this.#champion.served?.lookBack;
  }

  on<Name extends keyof PredictorEvents & string>(event: Name, listener: Listener<PredictorEvents[Name]>): () => void {
    return this.#champion.on(event, listener);
  }

  /**
   * Predicts, and stores the prediction before it is returned. The direction is the class with the greatest
   * probability and the confidence is that probability, so at least 1 / classes; a tie goes to `flat`, then `up`.
   *
   * @throws {@link InvalidInputError} when the features are not the model's, saying how they differ; what the recorder
   * throws, and then there is no prediction to act on; `CLOSED`.
   */
  async predictNext(request: PredictionRequest): Promise<PredictionResult> {
    const [result] = await this.predictBatch([request]);
    return result!;
  }

  /**
   * As {@link predictNext} for up to 10,000 requests, all answered by one version, in order. One bad request refuses
   * the batch before anything is predicted; one with too few preceding rows is `unavailable` by itself.
   * @remarks The event loop has its turn every few milliseconds, between calls of the model.
   */
  async predictBatch(requests: readonly PredictionRequest[]): Promise<readonly PredictionResult[]> {
    this.#requireOpen();
    if (requests.length > MAX_BATCH) {
      throw new InvalidInputError(
        'TOO_LARGE',
        `a batch must hold at most ${MAX_BATCH} requests; got ${requests.length}`,
      );
    }
    if (requests.length === 0) return [];
    this.#champion.refreshIfDue();
    if (this.#champion.served === undefined) await this.#champion.settled();
    const { served, suspended } = this.#champion;
    if (suspended) {
      const message = `predictions of '${this.modelName}' are suspended`;
      return requests.map(() => ({ status: 'unavailable', reason: 'suspended', message }));
    }
    if (served === undefined) return requests.map(() => this.#nothingServed());
    return served.use(() => this.#predictWith(served, requests));
  }

  /**
   * Reads the slot and loads its champion if it is another one than is served. Resolves after the swap, also when the
   * champion could not be loaded. A reading asked for while one is under way begins after it.
   * @throws what reading the slot throws.
   */
  async refresh(): Promise<void> {
    this.#requireOpen();
    await this.#champion.refresh();
  }

  /**
   * Predictions of this name made in the last days, oldest first, with what is known of their outcomes.
   * @param days - > 0, by `predictedAt`.
   * @throws {@link InvalidInputError} `INVALID_CONFIG` when the predictor was opened without `predictions`.
   */
  async getPredictionHistory(days: number, page?: PageRequest): Promise<Page<TrackedPrediction>> {
    const { predictions, modelName } = this.#options;
    if (predictions === undefined) {
      throw new InvalidInputError('INVALID_CONFIG', 'a history needs the predictor opened with predictions; got none');
    }
    if (!(days > 0 && Number.isFinite(days))) {
      throw new InvalidInputError('OUT_OF_RANGE', `days must be above 0 and finite; got ${days}`);
    }
    return predictions.list({ modelName, predictedFrom: this.#clock.now() - days * DAY_MS }, page);
  }

  /** Ends serving; calls under way still get their answer. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#champion.close();
  }

  async #predictWith(
    served: ServedVersion,
    requests: readonly PredictionRequest[],
  ): Promise<readonly PredictionResult[]> {
    const schema = {
      featureNames: served.featureNames,
      lookBack: served.lookBack,
      missingValues: served.missingValues,
      rowOrder: this.#options.featureNames,
    };
    const enough = requests.map((request) => precedingRowCount(request) >= served.lookBack);
    const answerable = requests.filter((_, i) => enough[i]);
    const matrices = await inTurns(answerable, ROWS_PER_TURN, (some) => some.map((one) => featureMatrix(one, schema)));
    let answers: readonly ServedAnswer[];
    try {
      const size = served.lookBack === 0 ? ROWS_PER_TURN : WINDOWS_PER_TURN;
      answers = await inTurns(matrices, size, (some) => served.predict(some));
    } catch (error) {
      const message = `version '${served.versionId}' could not predict: ${messageOf(error)}`;
      const modelVersionId = served.versionId;
      return requests.map(() => ({ status: 'unavailable', reason: 'failed', message, modelVersionId, error }));
    }
    const predictions = await inTurns(answerable, ROWS_PER_TURN, (some, from) =>
      some.map((request, i) => {
        const matrix = matrices[from + i]!;
        const row = matrix.values.subarray((matrix.rows - 1) * matrix.columns);
        return this.#prediction(served, request, row, answers[from + i]!);
      }),
    );
    const { recorder } = this.#options;
    if (recorder !== undefined) {
      await inTurns(predictions, ROWS_PER_TURN, (some) =>
        Promise.all(some.map((one) => recorder.recordPrediction(one))),
      );
    }
    let next = 0;
    return requests.map((request, i) =>
      enough[i] ? { status: 'predicted', prediction: predictions[next++]! } : tooFewRows(served, request),
    );
  }

  #prediction(
    served: ServedVersion,
    request: PredictionRequest,
    row: Float64Array,
    answer: ServedAnswer,
  ): ServedPrediction {
    const { modelName } = this;
    const predictedAt = request.predictedAt ?? this.#clock.now();
    const id =
      request.id ?? (this.#options.predictionId ?? defaultPredictionId)(modelName, request.symbol, predictedAt);
    return {
      id,
      decisionId: id,
      role: 'live',
      modelName,
      modelVersionId: served.versionId,
      symbol: request.symbol,
      predictedAt,
      ...(request.dueAt === undefined ? {} : { dueAt: request.dueAt }),
      ...answer,
      ...(request.referencePrice === undefined ? {} : { referencePrice: request.referencePrice }),
      features: presentFeatures(served.featureNames, row),
    };
  }

  #nothingServed(): PredictionResult {
    const { failure } = this.#champion;
    if (failure === undefined) {
      const message = `'${this.modelName}' has no active model: promote a version first`;
      return { status: 'unavailable', reason: 'no-active-model', message };
    }
    const { versionId, error } = failure;
    const message = `version '${versionId}' could not be loaded: ${messageOf(error)}`;
    return { status: 'unavailable', reason: 'failed', message, modelVersionId: versionId, error };
  }

  #requireOpen(): void {
    if (this.#closed) throw new InterruptedError('CLOSED', `the predictor of '${this.modelName}' is closed`);
  }
}

function tooFewRows({ versionId, lookBack }: ServedVersion, request: PredictionRequest): PredictionResult {
  const message = `version '${versionId}' looks back on ${lookBack} rows; got ${precedingRowCount(request)} in precedingRows`;
  return { status: 'unavailable', reason: 'too-few-preceding-rows', message, modelVersionId: versionId };
}

/** A missing value is no value: it is left out of the record. */
function presentFeatures(names: readonly string[], row: Float64Array): Record<string, number> {
  const present = names
    .map((name, column) => [name, row[column]!] as const)
    .filter(([, value]) => !Number.isNaN(value));
  return Object.fromEntries(present);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
