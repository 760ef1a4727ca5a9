import type { Direction, PredictionRole, PredictionStore, ResolvedPrediction } from '@mlperf/core';
import type { KnownGain } from './gain-sequence.ts';
import type { ScoreKind } from './row-scores.ts';

/** A decision whose outcome is known: what the served version said, and the one beside it, if it said anything. */
export interface KnownDecision {
  readonly live: ResolvedPrediction;
  readonly shadow: ResolvedPrediction | undefined;
}

export interface DecisionReaderOptions {
  readonly predictions: Pick<PredictionStore, 'outcomesAfter'>;
  readonly liveVersionId: string;
  readonly shadowVersionId: string;
  /** Only decisions made at or after this, epoch milliseconds. */
  readonly from: number;
}

const PAGE = 10_000;

/**
 * Reads the decisions of a served version with those of the version beside it, in the order in which the outcomes of
 * the served one arrived: each once. An outcome resolves all predictions of its decision in one transaction, so whoever
 * sees it sees it of both.
 */
export class DecisionReader {
  readonly #options: DecisionReaderOptions;
  #liveAfter = 0;
  #shadowAfter = 0;
  /** Answers beside decisions that have not been read yet, of this reading and of the one before. */
  #fresh = new Map<string, ResolvedPrediction>();
  #older = new Map<string, ResolvedPrediction>();

  constructor(options: DecisionReaderOptions) {
    this.#options = options;
  }

  /** What has become known since the last reading. */
  async read(): Promise<readonly KnownDecision[]> {
    const { liveVersionId, shadowVersionId, from } = this.#options;
    // First the served, then those beside them: what is written in between is found beside its decision next time.
    const lives = await this.#outcomes(liveVersionId, 'live', this.#liveAfter);
    this.#liveAfter = lives.at(-1)?.outcome.sequence ?? this.#liveAfter;
    const shadows = await this.#outcomes(shadowVersionId, 'shadow', this.#shadowAfter);
    this.#shadowAfter = shadows.at(-1)?.outcome.sequence ?? this.#shadowAfter;
    this.#older = this.#fresh;
    this.#fresh = new Map(shadows.map((shadow) => [shadow.decisionId, shadow]));
    return lives
      .filter(({ predictedAt }) => predictedAt >= from)
      .map((live) => ({ live, shadow: this.#take(live.decisionId) }));
  }

  #take(decisionId: string): ResolvedPrediction | undefined {
    const shadow = this.#fresh.get(decisionId) ?? this.#older.get(decisionId);
    this.#fresh.delete(decisionId);
    this.#older.delete(decisionId);
    return shadow;
  }

  async #outcomes(modelVersionId: string, role: PredictionRole, after: number): Promise<ResolvedPrediction[]> {
    const all: ResolvedPrediction[] = [];
    for (;;) {
      const afterSequence = all.at(-1)?.outcome.sequence ?? after;
      const query = { modelVersionId, role, afterSequence, limit: PAGE };
      const page = await this.#options.predictions.outcomesAfter(query);
      all.push(...page);
      if (page.length < PAGE) return all;
    }
  }
}

const SIDES: Readonly<Record<Direction, number>> = { up: 1, down: -1, flat: 0 };

/**
 * What an answer was worth, as the gate scores its rows: 1 or 0 for a hit or a miss, or the net return of its side.
 * @returns `undefined` for a net return of an outcome without a market return.
 */
export function scoreOf(
  { direction, outcome }: Pick<ResolvedPrediction, 'direction' | 'outcome'>,
  kind: ScoreKind,
  costPerTrade: number,
): number | undefined {
  if (kind === 'hit') return outcome.correct ? 1 : 0;
  const side = SIDES[direction];
  return outcome.marketReturn === undefined ? undefined : side * outcome.marketReturn - Math.abs(side) * costPerTrade;
}

/** The gain of `better` over `worse` on one decision; `undefined` when one of them cannot be scored. */
export function gainOf(
  better: ResolvedPrediction,
  worse: ResolvedPrediction,
  kind: ScoreKind,
  costPerTrade: number,
): KnownGain | undefined {
  const own = scoreOf(better, kind, costPerTrade);
  const other = scoreOf(worse, kind, costPerTrade);
  if (own === undefined || other === undefined) return undefined;
  const observedAt = Math.max(better.outcome.observedAt, worse.outcome.observedAt);
  return { gain: own - other, predictedAt: better.predictedAt, observedAt };
}
