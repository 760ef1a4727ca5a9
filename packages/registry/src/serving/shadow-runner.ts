import {
  type Clock,
  InvalidInputError,
  MlperfError,
  type ModelFamily,
  type ModelSource,
  NotFoundError,
  type PredictionRecorder,
  type TypedEmitter,
} from '@mlperf/core';
import { type AnsweredRequest, answerRequests } from './answer-requests.ts';
import type { PredictionRequest, ServedPrediction } from './prediction-request.ts';
import type { PredictorEvents, ShadowFailedEvent } from './predictor-events.ts';
import { ServedVersion } from './served-version.ts';
import { withinTime } from './within-time.ts';

export interface ShadowOptions {
  /** The version to run beside the champion; default: the one its slot names as shadow. */
  readonly versionId?: string;
  /** How long it may take to load, and to answer a call, milliseconds, > 0; default 1,000. */
  readonly timeoutMs?: number;
}

export interface ShadowRunnerOptions {
  readonly source: ModelSource;
  readonly modelName: string;
  readonly families: readonly ModelFamily[];
  readonly featureNames: readonly string[] | undefined;
  readonly recorder: PredictionRecorder;
  readonly clock: Clock;
  readonly shadow: ShadowOptions;
  /** The first pause after a failure, milliseconds; each one more in a row doubles it. */
  readonly pauseMs: number;
  readonly emitter: TypedEmitter<PredictorEvents>;
}

const DEFAULT_TIMEOUT_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** Calls that a shadow may owe an answer; more are passed over. */
const MOST_UNDER_WAY = 64;

/**
 * Asks a second version for the very decisions that were served, and records its answers with role `shadow`. Whatever
 * happens to it is an event: nobody waits for it, and after a failure it pauses.
 */
export class ShadowRunner {
  readonly #options: ShadowRunnerOptions;
  readonly #timeoutMs: number;
  #served: ServedVersion | undefined;
  #wanted: string | undefined;
  #loading: Promise<void> | undefined;
  /** Of the version that runs: calls that one before it owes are its own affair. */
  #underWay = { calls: 0 };
  #failures = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #toldOfRows: string | undefined;
  #closed = false;

  constructor(options: ShadowRunnerOptions) {
    this.#options = options;
    this.#timeoutMs = options.shadow.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    if (this.#timeoutMs > 0) return;
    throw new InvalidInputError('INVALID_CONFIG', `shadow.timeoutMs must be above 0; got ${this.#timeoutMs}`);
  }

  get versionId(): string | undefined {
    return this.#served?.versionId;
  }

  /** Runs another version from now on, or none. Loads in the background. */
  follow(slotVersionId: string | undefined): void {
    const versionId = this.#options.shadow.versionId ?? slotVersionId;
    if (versionId !== this.#wanted) {
      this.#wanted = versionId;
      this.#failures = 0;
      this.#pausedUntil = Number.NEGATIVE_INFINITY;
    }
    if (this.#served !== undefined && this.#served.versionId !== versionId) this.#replaceWith(undefined);
    if (versionId === undefined || this.#served !== undefined || this.#loading !== undefined || this.#paused) return;
    this.#loading = this.#load(versionId).finally(() => {
      this.#loading = undefined;
    });
  }

  /** Resolves when no version is being loaded; never rejects. */
  async settled(): Promise<void> {
    await this.#loading;
  }

  /**
   * Answers the requests that were served, once their predictions are stored.
   * @param live - What was served, by request; `undefined` where nothing was.
   * @param stored - Settles when the live predictions are stored; if it rejects, there is no decision to shadow.
   * @returns a promise that resolves once the answers are handed to the recorder, or there will be none; never rejects.
   */
  async run(
    requests: readonly PredictionRequest[],
    live: readonly (ServedPrediction | undefined)[],
    stored: Promise<unknown>,
  ): Promise<void> {
    const shadow = this.#served;
    const served = requests.flatMap((request, i) => (live[i] === undefined ? [] : [{ request, live: live[i] }]));
    if (shadow === undefined || this.#paused || served.length === 0) return;
    if (served[0]!.live.modelVersionId === shadow.versionId) return;
    if (this.#underWay.calls >= MOST_UNDER_WAY) return;
    try {
      const asked = served.map(({ request }) => request);
      const answers = await this.#answers(shadow, asked);
      const decided = await stored.then(
        () => true,
        () => false,
      );
      if (this.#closed || !decided) return;
      const recordings = served.flatMap(({ live: decision }, i) => {
        const answered = answers[i];
        return answered === undefined ? [] : [this.#record(shadow, decision, answered)];
      });
      Promise.all(recordings).catch((error: unknown) => this.#fail(shadow.versionId, 'not-recorded', error));
      this.#failures = 0;
      if (recordings.length < served.length) this.#tellOfRows(shadow);
    } catch (error) {
      this.#fail(shadow.versionId, isTooSlow(error) ? 'too-slow' : 'failed', error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#replaceWith(undefined);
  }

  get #paused(): boolean {
    return this.#closed || this.#options.clock.now() < this.#pausedUntil;
  }

  async #answers(
    shadow: ServedVersion,
    requests: readonly PredictionRequest[],
  ): Promise<readonly (AnsweredRequest | undefined)[]> {
    const underWay = this.#underWay;
    underWay.calls++;
    const asking = shadow.use(() => answerRequests(shadow, requests, this.#options.featureNames));
    const done = asking.finally(() => {
      underWay.calls--;
    });
    const { answers, failure } = await withinTime(
      this.#options.clock,
      this.#timeoutMs,
      `shadow '${shadow.versionId}' answering`,
      done,
    );
    if (failure !== undefined) throw failure;
    return answers;
  }

  async #load(versionId: string): Promise<void> {
    const { source, families, featureNames, clock } = this.#options;
    const loading = (async () => {
      const version = await source.getVersion(versionId);
      if (version === undefined) throw new NotFoundError(`there is no model version '${versionId}'`);
      return await ServedVersion.load(source, version, families, featureNames);
    })();
    try {
      const loaded = await withinTime(clock, this.#timeoutMs, `shadow '${versionId}' loading`, loading);
      if (this.#closed || this.#wanted !== versionId) loaded.retire();
      else this.#replaceWith(loaded);
    } catch (error) {
      if (isTooSlow(error)) loading.then((late) => late.retire()).catch(() => undefined);
      this.#fail(versionId, isTooSlow(error) ? 'too-slow' : 'not-loaded', error);
    }
  }

  #record(shadow: ServedVersion, live: ServedPrediction, { answer, features }: AnsweredRequest): Promise<void> {
    const { id, decisionId, modelName, symbol, predictedAt, dueAt, referencePrice } = live;
    return this.#options.recorder.recordPrediction({
      id: `${id}|shadow|${shadow.versionId}`,
      decisionId,
      role: 'shadow',
      modelName,
      modelVersionId: shadow.versionId,
      symbol,
      predictedAt,
      ...(dueAt === undefined ? {} : { dueAt }),
      ...answer,
      ...(referencePrice === undefined ? {} : { referencePrice }),
      features,
    });
  }

  /** Once per version: the rows a host gives are a matter of its code. */
  #tellOfRows({ versionId, lookBack }: ServedVersion): void {
    if (this.#toldOfRows === versionId) return;
    this.#toldOfRows = versionId;
    const message = `shadow '${versionId}' looks back on ${lookBack} rows; got fewer in precedingRows`;
    this.#emit(versionId, 'too-few-preceding-rows', new InvalidInputError('INSUFFICIENT_DATA', message));
  }

  #replaceWith(next: ServedVersion | undefined): void {
    this.#served?.retire();
    this.#served = next;
    this.#underWay = { calls: 0 };
  }

  #fail(versionId: string, reason: ShadowFailedEvent['reason'], error: unknown): void {
    const { clock, pauseMs } = this.#options;
    this.#pausedUntil = clock.now() + Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** Math.min(this.#failures++, 30));
    this.#emit(versionId, reason, error);
  }

  #emit(shadowVersionId: string, reason: ShadowFailedEvent['reason'], error: unknown): void {
    const { modelName, clock, emitter } = this.#options;
    const at = clock.now();
    const pausedUntil = this.#pausedUntil > at ? { pausedUntil: this.#pausedUntil } : {};
    emitter.emit('shadow-failed', { modelName, shadowVersionId, at, reason, error, ...pausedUntil });
  }
}

function isTooSlow(error: unknown): boolean {
  return MlperfError.is(error) && error.code === 'DEADLINE_EXCEEDED';
}
