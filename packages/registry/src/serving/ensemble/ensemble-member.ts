import {
  type Clock,
  type Direction,
  InvalidInputError,
  MlperfError,
  type ModelFamily,
  type ModelSource,
  type TypedEmitter,
} from '@mlperf/core';
import { answerRequests, type BatchAnswers } from '../answer-requests.ts';
import { ChampionFollower } from '../champion-follower.ts';
import type { PredictionRequest, UnavailablePrediction } from '../prediction-request.ts';
import type { PredictorEvents } from '../predictor-events.ts';
import { type ServedAnswer, ServedVersion } from '../served-version.ts';
import { couldNotPredict, tooFewRows } from '../unavailable.ts';
import { withinTime } from '../within-time.ts';
import { type EnsembleRequest, memberRequest } from './ensemble-request.ts';

export interface EnsembleMemberOptions {
  readonly source: ModelSource;
  readonly modelName: string;
  readonly families: readonly ModelFamily[];
  readonly clock: Clock;
  readonly refreshIntervalMs: number;
  readonly timeoutMs: number;
  readonly maxAgeMs: number | undefined;
  readonly classes: readonly Direction[];
  readonly flatBand: number;
  readonly emitter: TypedEmitter<PredictorEvents>;
}

/** What a member said, with which version; or why it said nothing. */
export type MemberAnswer =
  | { readonly modelVersionId: string; readonly answer: ServedAnswer }
  | { readonly modelVersionId?: string; readonly unavailable: UnavailablePrediction };

/** Calls that a member's version may owe an answer; while it does, it is asked no more. */
const MOST_UNDER_WAY = 64;

/** One voice of an ensemble: the champion of its name. */
export class EnsembleMember {
  readonly modelName: string;
  readonly #options: EnsembleMemberOptions;
  readonly #champion: ChampionFollower;
  readonly #underWay = new WeakMap<ServedVersion, number>();

  constructor(options: EnsembleMemberOptions) {
    this.modelName = options.modelName;
    this.#options = options;
    this.#champion = new ChampionFollower({ ...options, featureNames: undefined });
  }

  /** @throws what reading the slot throws. */
  refresh(): Promise<void> {
    return this.#champion.refresh();
  }

  close(): Promise<void> {
    return this.#champion.close();
  }

  /**
   * @throws {@link InvalidInputError} for rows that are none and for values that are no numbers; whatever else is wrong
   * makes the member unavailable.
   */
  async answer(request: EnsembleRequest): Promise<MemberAnswer> {
    const served = await this.#champion.ready();
    if (!(served instanceof ServedVersion)) {
      const { modelVersionId } = served;
      return { ...(modelVersionId === undefined ? {} : { modelVersionId }), unavailable: served };
    }
    const { clock, timeoutMs } = this.#options;
    const { versionId: modelVersionId } = served;
    const own = memberRequest(request, served.featureNames);
    const problem = this.#problemOf(served, 'missing' in own ? own.missing : []);
    if (problem !== undefined || 'missing' in own) {
      return { modelVersionId, unavailable: couldNotPredict(served, problem) };
    }
    const asking = this.#ask(served, own);
    const what = `member '${this.modelName}' answering`;
    const outcome = await withinTime(clock, timeoutMs, what, asking).catch((failure: unknown) => {
      if (failure instanceof InvalidInputError) throw failure;
      return { answers: [], failure };
    });
    if (outcome.failure !== undefined) return { modelVersionId, unavailable: couldNotPredict(served, outcome.failure) };
    const answer = outcome.answers[0]?.answer;
    return answer === undefined ? { modelVersionId, unavailable: tooFewRows(served, own) } : { modelVersionId, answer };
  }

  async #ask(served: ServedVersion, request: PredictionRequest): Promise<BatchAnswers> {
    this.#underWay.set(served, this.#owed(served) + 1);
    try {
      return await served.use(() => answerRequests(served, [request], undefined));
    } finally {
      this.#underWay.set(served, this.#owed(served) - 1);
    }
  }

  #owed(served: ServedVersion): number {
    return this.#underWay.get(served) ?? 0;
  }

  /** Why a version cannot be a voice of this ensemble. */
  #problemOf(served: ServedVersion, missing: readonly string[]): MlperfError | undefined {
    const { classes, flatBand } = this.#options;
    if (this.#owed(served) >= MOST_UNDER_WAY) {
      return new MlperfError('PREDICTION_FAILED', `a member may owe ${MOST_UNDER_WAY} answers; all of them are due`);
    }
    if (missing.length > 0) {
      return new InvalidInputError(
        'INVALID_RECORD',
        `features must hold those of the model: missing ${missing.join(', ')}`,
      );
    }
    if (served.flatBand !== flatBand) {
      const message = `a member's flat band must be the ensemble's, ${flatBand}; got ${served.flatBand}`;
      return new InvalidInputError('MODEL_FORMAT', message);
    }
    const unknown = served.classes.find((name) => !classes.some((known) => known === name));
    if (unknown === undefined) return undefined;
    const message = `a member's classes must be among the ensemble's, ${classes.join(', ')}; got '${unknown}'`;
    return new InvalidInputError('MODEL_FORMAT', message);
  }
}
