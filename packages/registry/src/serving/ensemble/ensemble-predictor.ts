import {
  type Clock,
  type Direction,
  type EventSource,
  InterruptedError,
  InvalidInputError,
  type Listener,
  systemClock,
  TypedEmitter,
} from '@mlperf/core';
import { defaultPredictionId, type ServedPrediction, type UnavailablePrediction } from '../prediction-request.ts';
import { requireRequest, requireStorable } from '../require-storable.ts';
import type { ServedAnswer } from '../served-version.ts';
import { SlotReading } from '../slot-reading.ts';
import { suspended } from '../unavailable.ts';
import { combineAnswers, scaledWeights } from './combine-answers.ts';
import { decidedOutcomes } from './decided-outcomes.ts';
import type { EnsembleEvents } from './ensemble-events.ts';
import { EnsembleMember } from './ensemble-member.ts';
import type { EnsemblePredictorOptions } from './ensemble-options.ts';
import type { EnsembleRequest, EnsembleResult, MemberVote } from './ensemble-request.ts';
import { registerEnsemble, requireRecipe } from './ensemble-version.ts';
import { EnsembleWeights } from './ensemble-weights.ts';
import { equalWeights } from './equal-weights.ts';
import { type MemberContribution, memberContributions } from './member-contributions.ts';
import { type AnsweredVote, memberPrediction } from './member-prediction.ts';
import { MemberSelection, type MemberStanding, requireSelection } from './member-selection.ts';

const DEFAULT_CLASSES: readonly Direction[] = ['down', 'up'];
const DEFAULT_REFRESH_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 1_000;
const MAX_WINDOW = 10_000;

/**
 * Answers with the weighted mean of the champions of several model names, and follows each of them through promotions.
 *
 * The ensemble is a version of its own name, `ens-…`, which follows from its members and its rule: its predictions are
 * recorded live as that version, those of its members with role `member` and the same decision. Outcomes, recorded by
 * the decision, move the weights when {@link dynamicWeightAdjustment} is called, each of them once.
 */
export class EnsemblePredictor implements EventSource<EnsembleEvents> {
  readonly #options: EnsemblePredictorOptions;
  readonly #clock: Clock;
  readonly #classes: readonly Direction[];
  readonly #emitter: TypedEmitter<EnsembleEvents>;
  readonly #members: readonly EnsembleMember[];
  readonly #weights: EnsembleWeights;
  readonly #selection: MemberSelection;
  readonly #slot: SlotReading;
  /** The ensemble's own version, which its predictions are recorded as. */
  readonly versionId: string;
  #unavailable = '';
  #closed = false;

  private constructor(
    options: EnsemblePredictorOptions,
    versionId: string,
    weights: EnsembleWeights,
    selection: MemberSelection,
  ) {
    const { source, families, members, maxAgeMs, flatBand = 0 } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#classes = options.classes ?? DEFAULT_CLASSES;
    this.#emitter = new TypedEmitter(options.onListenerError);
    this.#weights = weights;
    this.versionId = versionId;
    this.#selection = selection;
    const shared = { source, families, clock: this.#clock, maxAgeMs, classes: this.#classes, flatBand };
    const refreshIntervalMs = options.refreshIntervalMs ?? DEFAULT_REFRESH_MS;
    const timeoutMs = options.memberTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#members = members.map(
      (modelName) => new EnsembleMember({ ...shared, modelName, refreshIntervalMs, timeoutMs, emitter: this.#emitter }),
    );
    const { modelName } = options;
    this.#slot = new SlotReading({ source, modelName, clock: this.#clock, refreshIntervalMs, emitter: this.#emitter });
  }

  /**
   * Registers the ensemble if it is new, takes up its weights and loads the champions of its members.
   * @throws {@link InvalidInputError} `INVALID_CONFIG`; what the registry and the storage throw.
   */
  static async open(options: EnsemblePredictorOptions): Promise<EnsemblePredictor> {
    const { modelName, members, classes = DEFAULT_CLASSES, flatBand = 0, weighting = equalWeights } = options;
    const { refreshIntervalMs = DEFAULT_REFRESH_MS, memberTimeoutMs = DEFAULT_TIMEOUT_MS, maxAgeMs = 1 } = options;
    if (!(refreshIntervalMs >= 0)) throw refused('refreshIntervalMs', 'at least 0', refreshIntervalMs);
    if (!(memberTimeoutMs > 0)) throw refused('memberTimeoutMs', 'above 0', memberTimeoutMs);
    if (!(maxAgeMs > 0)) throw refused('maxAgeMs', 'above 0', maxAgeMs);
    if (options.selection !== undefined) requireSelection(options.selection);
    const recipe = requireRecipe({ modelName, members, classes, flatBand, weighting: weighting.rule });
    const clock = options.clock ?? systemClock;
    const versionId = await registerEnsemble(options.source, recipe);
    const stores = options.storage;
    const kept = { stores, versionId, members, clock };
    const weights = await EnsembleWeights.restore({ ...kept, weighting });
    const { source, selection } = options;
    const selected = await MemberSelection.restore({ ...kept, modelName, source, selection });
    const predictor = new EnsemblePredictor(options, versionId, weights, selected);
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

  /** Present weights by member, summing to 1, selected or not. */
  get weights(): Readonly<Record<string, number>> {
    const { weights } = this.#weights;
    return Object.fromEntries(this.#options.members.map((name, i) => [name, weights[i]!]));
  }

  /** The members that answer for the ensemble. */
  get selectedMembers(): readonly string[] {
    return this.#options.members.filter((name) => this.#selection.has(name));
  }

  on<Name extends keyof EnsembleEvents & string>(event: Name, listener: Listener<EnsembleEvents[Name]>): () => void {
    return this.#emitter.on(event, listener);
  }

  /** Reads every slot and loads champions that have changed. @throws what reading a slot throws. */
  async refresh(): Promise<void> {
    this.#requireOpen();
    await Promise.all([this.#slot.refresh(), ...this.#members.map((member) => member.refresh())]);
  }

  /**
   * Predicts with every member and stores all of it before it is returned. Members that have no answer are left out and
   * the other weights scaled to sum to 1, which `members` and, when it changes, `members-changed` say; with no answer
   * at all there is no prediction. While selected members answer, only they count.
   *
   * @throws {@link InvalidInputError} for rows that are none by name, or values that are no numbers; what the recorder
   * throws, and then there is no prediction to act on; `CLOSED`.
   */
  async ensemblePredict(request: EnsembleRequest): Promise<EnsembleResult> {
    this.#requireOpen();
    requireRequest(request);
    await this.#slot.upToDate(false);
    if (this.#slot.suspended) return { ...suspended(this.modelName), members: [] };
    const votes = await this.#ask(request);
    const answering = votes.filter((vote): vote is AnsweredVote => vote.answer !== undefined);
    this.#tellOfChange(votes);
    if (answering.length === 0) return { ...this.#nobodyAnswers(votes), members: votes };
    const answer = combineAnswers(
      this.#classes,
      answering.map(({ answer: { probabilities }, weight }) => ({ probabilities, weight })),
    );
    const prediction = this.#prediction(request, answer, answering);
    const { recorder } = this.#options;
    if (recorder !== undefined) {
      const all = [prediction, ...answering.map((vote) => memberPrediction(prediction, vote))];
      await requireStorable(all);
      await Promise.all(all.map((one) => recorder.recordPrediction(one)));
    }
    return { status: 'predicted', prediction, members: votes };
  }

  /**
   * Lets every outcome that arrived since the last time move the weights, each once, in the order of arrival; in this
   * process or another, before a restart or after. A correction of an outcome that has counted does not count again.
   * @returns the weights by member. Emits `weights-adjusted` when there were outcomes.
   */
  async dynamicWeightAdjustment(): Promise<Readonly<Record<string, number>>> {
    this.#requireOpen();
    const outcomes = await this.#weights.adjust();
    const { weights, modelName } = this;
    if (outcomes > 0) this.#emitter.emit('weights-adjusted', { modelName, at: this.#clock.now(), outcomes, weights });
    return weights;
  }

  /**
   * What each member adds, at the present weights and selection, over the newest decisions with an outcome: leave-one-out.
   * @param windowSize - 1 to 10,000; default 500.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
   */
  async getModelContributions(windowSize = 500): Promise<readonly MemberContribution[]> {
    if (!(Number.isInteger(windowSize) && windowSize >= 1 && windowSize <= MAX_WINDOW)) {
      const message = `windowSize must be a whole number from 1 to ${MAX_WINDOW}; got ${windowSize}`;
      throw new InvalidInputError('OUT_OF_RANGE', message);
    }
    const { members, storage } = this.#options;
    const query = { modelVersionId: this.versionId, role: 'live', limit: windowSize } as const;
    const outcomes = await storage.predictions.recentOutcomes(query);
    const decided = await decidedOutcomes(storage.predictions, members, outcomes);
    const selected = members.map((name) => this.#selection.has(name));
    return memberContributions(members, [...this.#weights.weights], selected, this.#classes, decided);
  }

  /**
   * Selects the members that have done best, by their roll-ups, from now on and after a restart. The others are asked
   * and recorded all the same, so that they can come back.
   * @throws {@link InvalidInputError} `INVALID_CONFIG` when the predictor was opened without `selection`.
   */
  async selectMembers(): Promise<readonly MemberStanding[]> {
    this.#requireOpen();
    return this.#selection.choose();
  }

  /** Ends serving; calls under way still get their answer. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([this.#slot.close(), ...this.#members.map((member) => member.close())]);
    this.#emitter.removeAllListeners();
  }

  /** What every member says, with the weight it has in the answer. */
  async #ask(request: EnsembleRequest): Promise<readonly MemberVote[]> {
    const answers = await Promise.all(this.#members.map((member) => member.answer(request)));
    const { members } = this.#options;
    const answered = members.map((_, i) => 'answer' in answers[i]!);
    const some = members.some((name, i) => answered[i] && this.#selection.has(name));
    const counts = members.map((name, i) => answered[i] === true && (!some || this.#selection.has(name)));
    const scaled = scaledWeights(this.#weights.weights.filter((_, i) => counts[i]));
    let next = 0;
    return members.map((memberName, i) => ({ memberName, ...answers[i]!, weight: counts[i] ? scaled[next++]! : 0 }));
  }

  #prediction(request: EnsembleRequest, answer: ServedAnswer, votes: readonly AnsweredVote[]): ServedPrediction {
    const { modelName } = this;
    const predictedAt = request.predictedAt ?? this.#clock.now();
    const { predictionId = defaultPredictionId } = this.#options;
    const id = request.id ?? predictionId(modelName, request.symbol, predictedAt);
    return {
      id,
      decisionId: id,
      role: 'live',
      modelName,
      modelVersionId: this.versionId,
      symbol: request.symbol,
      predictedAt,
      ...(request.dueAt === undefined ? {} : { dueAt: request.dueAt }),
      ...answer,
      ...(request.referencePrice === undefined ? {} : { referencePrice: request.referencePrice }),
      features: Object.fromEntries(votes.map((vote) => [vote.memberName, vote.answer.probabilities.up])),
    };
  }

  #nobodyAnswers(votes: readonly MemberVote[]): UnavailablePrediction {
    const given = votes.flatMap(({ unavailable }) => (unavailable === undefined ? [] : [unavailable]));
    const [first] = given;
    const alike = first !== undefined && given.every(({ reason }) => reason === first.reason);
    const said = given.map(({ message }) => message).join('; ');
    return {
      status: 'unavailable',
      reason: alike ? first.reason : 'failed',
      message: `no member of '${this.modelName}' has an answer: ${said}`,
    };
  }

  #tellOfChange(votes: readonly MemberVote[]): void {
    const unavailable = votes.flatMap(({ memberName, unavailable: why }) =>
      why === undefined ? [] : [{ memberName, reason: why.reason, message: why.message }],
    );
    const now = JSON.stringify(unavailable.map(({ memberName, reason }) => [memberName, reason]));
    if (now === this.#unavailable || (this.#unavailable === '' && unavailable.length === 0)) return;
    this.#unavailable = now;
    const answering = votes.flatMap(({ memberName, answer }) => (answer === undefined ? [] : [memberName]));
    this.#emitter.emit('members-changed', {
      modelName: this.modelName,
      at: this.#clock.now(),
      answering,
      unavailable,
    });
  }

  #requireOpen(): void {
    if (this.#closed) throw new InterruptedError('CLOSED', `the ensemble '${this.modelName}' is closed`);
  }
}

function refused(field: string, expectation: string, came: number): InvalidInputError {
  return new InvalidInputError('INVALID_CONFIG', `${field} must be ${expectation}; got ${came}`);
}
