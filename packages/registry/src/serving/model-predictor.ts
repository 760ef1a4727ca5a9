import {
  type Clock,
  type EventSource,
  InterruptedError,
  InvalidInputError,
  type Listener,
  type Page,
  type PageRequest,
  systemClock,
  type TrackedPrediction,
  TypedEmitter,
} from '@mlperf/core';
import { type AnsweredRequest, answerRequests, ROWS_PER_TURN } from './answer-requests.ts';
import { ChampionFollower } from './champion-follower.ts';
import { inTurns, oneTurnFor } from './in-turns.ts';
import type { ModelPredictorOptions } from './model-predictor-options.ts';
import {
  defaultPredictionId,
  type PredictionRequest,
  type PredictionResult,
  type ServedPrediction,
} from './prediction-request.ts';
import type { PredictorEvents } from './predictor-events.ts';
import { requireRequests, requireStorable } from './require-storable.ts';
import { type ServedCalibration, servedCalibration } from './served-calibration.ts';
import { ServedVersion } from './served-version.ts';
import { ShadowRunner } from './shadow-runner.ts';
import { couldNotPredict, tooFewRows } from './unavailable.ts';

/** Most requests of one batch. */
const MAX_BATCH = 10_000;
const DAY_MS = 86_400_000;

/**
 * Serves the champion of one model name. A promotion swaps one reference: each call is answered by one version from
 * beginning to end, and a replaced version is disposed of after its last call.
 *
 * A promotion, rollback or suspension made through `source` holds for the next call, and one made by another process
 * as soon as the storage tells of it (Postgres does), or else for the first call that finds the last reading of the slot
 * older than `refreshIntervalMs`: that call waits for the slot to be read and its champion to be loaded, for a second at
 * most. If it takes longer, or the slot cannot be read, `refresh-failed` says so and the version before answers, but
 * never one that was suspended or rolled back here. When a champion cannot be loaded the version before it goes on
 * serving, and `model-load-failed` says so, unless it was left by a rollback: then there is no prediction.
 */
export class ModelPredictor implements EventSource<PredictorEvents> {
  readonly #options: ModelPredictorOptions;
  readonly #clock: Clock;
  readonly #emitter: TypedEmitter<PredictorEvents>;
  readonly #champion: ChampionFollower;
  readonly #shadow: ShadowRunner | undefined;
  #closed = false;

  private constructor(options: ModelPredictorOptions) {
    const { source, modelName, families, featureNames, recorder, shadow = {} } = options;
    const { refreshIntervalMs = 1_000, maxAgeMs, maxHoldMs } = options;
    requireAtLeast('refreshIntervalMs', refreshIntervalMs, 0);
    if (maxAgeMs !== undefined) requireAtLeast('maxAgeMs', maxAgeMs, Number.MIN_VALUE);
    if (maxHoldMs !== undefined) requireAtLeast('maxHoldMs', maxHoldMs, 0);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#emitter = new TypedEmitter(options.onListenerError);
    const shared = { source, modelName, families, featureNames, clock: this.#clock, emitter: this.#emitter };
    if (recorder !== undefined && shadow !== false) {
      this.#shadow = new ShadowRunner({ ...shared, recorder, shadow, pauseMs: refreshIntervalMs });
    }
    this.#champion = new ChampionFollower({
      ...shared,
      refreshIntervalMs,
      maxHoldMs,
      swapWhen: options.swapWhen,
      maxAgeMs,
      onSlot: (slot) => this.#shadow?.follow(slot?.shadowVersionId),
    });
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

  /** A promoted version that waits for `swapWhen`. */
  get heldVersionId(): string | undefined {
    return this.#champion.heldVersionId;
  }

  /** The version that runs in shadow, once it is loaded. */
  get shadowVersionId(): string | undefined {
    return this.#shadow?.versionId;
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
    return this.#emitter.on(event, listener);
  }

  /**
   * Predicts, and stores the prediction before it is returned. Probabilities are those of the model, put through the
   * calibration of its version; the direction is what its thresholds decide, or else the class with the greatest
   * probability, a tie going to `flat`, then `up`; the confidence is the probability of the direction.
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
   * the batch before anything is stored, two of one id too; one with too few preceding rows is `unavailable` by itself.
   * What the recorder itself refuses, such as an id stored with another answer, refuses that prediction alone.
   * @remarks The event loop has its turn every few milliseconds, between calls of the model.
   */
  async predictBatch(requests: readonly PredictionRequest[]): Promise<readonly PredictionResult[]> {
    this.#requireOpen();
    requireRequests(requests);
    if (requests.length > MAX_BATCH) {
      throw new InvalidInputError(
        'TOO_LARGE',
        `a batch must hold at most ${MAX_BATCH} requests; got ${requests.length}`,
      );
    }
    if (requests.length === 0) return [];
    const served = await this.#champion.ready();
    if (!(served instanceof ServedVersion)) return requests.map(() => served);
    return served.use(() => this.#predictWith(served, requests));
  }

  /**
   * Reads the slot and loads its champion if it is another one than is served. Resolves after the swap, also when the
   * champion could not be loaded or is held back, and once a shadow is loaded or has failed to in its time. A reading
   * asked for while one is under way begins after it.
   * @throws what reading the slot throws.
   */
  async refresh(): Promise<void> {
    this.#requireOpen();
    await this.#champion.refresh();
    await this.#shadow?.settled();
  }

  /**
   * Whether the stated confidence of a version was earned, over its newest live outcomes in the store; a monitor answers
   * from memory.
   * @param query - Default: the version that answers now, its last 1,000 outcomes. `windowSize` from 1 to 100,000.
   * @returns `undefined` while nothing is served, when no version is named.
   * @throws {@link InvalidInputError} `INVALID_CONFIG` when opened without `predictions`; `OUT_OF_RANGE`.
   */
  async getConfidenceCalibration(
    query: { readonly modelVersionId?: string; readonly windowSize?: number } = {},
  ): Promise<ServedCalibration | undefined> {
    const { modelVersionId = this.servedVersionId, windowSize = 1_000 } = query;
    const predictions = this.#requirePredictions('a calibration');
    return modelVersionId === undefined ? undefined : servedCalibration(predictions, modelVersionId, windowSize);
  }

  /**
   * Live predictions of this name made in the last days, oldest first, with what is known of their outcomes.
   * @param days - > 0, by `predictedAt`.
   * @throws {@link InvalidInputError} `INVALID_CONFIG` when the predictor was opened without `predictions`.
   */
  async getPredictionHistory(days: number, page?: PageRequest): Promise<Page<TrackedPrediction>> {
    const predictions = this.#requirePredictions('a history');
    if (!(days > 0 && Number.isFinite(days))) {
      throw new InvalidInputError('OUT_OF_RANGE', `days must be above 0 and finite; got ${days}`);
    }
    return predictions.list(
      { modelName: this.modelName, role: 'live', predictedFrom: this.#clock.now() - days * DAY_MS },
      page,
    );
  }

  /** Ends serving; calls under way still get their answer. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#champion.close();
    this.#shadow?.close();
    this.#emitter.removeAllListeners();
  }

  async #predictWith(
    served: ServedVersion,
    requests: readonly PredictionRequest[],
  ): Promise<readonly PredictionResult[]> {
    const { answers, failure } = await answerRequests(served, requests, this.#options.featureNames);
    if (failure !== undefined) return requests.map(() => couldNotPredict(served, failure));
    const predictions = await inTurns(answers, ROWS_PER_TURN, (some) =>
      some.map((answered) => answered && this.#prediction(served, answered)),
    );
    const stored = this.#record(predictions.filter((one) => one !== undefined));
    const shadowed = this.#shadow?.run(requests, predictions, stored);
    await stored;
    // A shadow that answers at once is recorded before the host can know the outcome; no other is waited for.
    if (shadowed !== undefined) await oneTurnFor(shadowed);
    return requests.map((request, i) => {
      const prediction = predictions[i];
      return prediction === undefined ? tooFewRows(served, request) : { status: 'predicted', prediction };
    });
  }

  async #record(predictions: readonly ServedPrediction[]): Promise<void> {
    const { recorder } = this.#options;
    if (recorder === undefined) return;
    await requireStorable(predictions);
    await inTurns(predictions, ROWS_PER_TURN, (some) => Promise.all(some.map((one) => recorder.recordPrediction(one))));
  }

  #prediction(served: ServedVersion, { request, answer, features }: AnsweredRequest): ServedPrediction {
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
      features,
    };
  }

  #requirePredictions(what: string): NonNullable<ModelPredictorOptions['predictions']> {
    const { predictions } = this.#options;
    if (predictions !== undefined) return predictions;
    throw new InvalidInputError('INVALID_CONFIG', `${what} needs the predictor opened with predictions; got none`);
  }

  #requireOpen(): void {
    if (this.#closed) throw new InterruptedError('CLOSED', `the predictor of '${this.modelName}' is closed`);
  }
}

function requireAtLeast(field: string, value: number, least: number): void {
  if (value >= least) return;
  const bound = least === 0 ? 'at least 0' : 'above 0';
  throw new InvalidInputError('INVALID_CONFIG', `${field} must be ${bound}; got ${value}`);
}
