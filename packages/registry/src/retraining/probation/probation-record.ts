import type { JsonObject, Page, PromotionRecord, RetrainingConfig, StorageStores } from '@mlperf/core';
import { DecisionReader, gainOf, type KnownDecision, scoreOf } from '../gate/decision-pairs.ts';
import type { ScoreKind } from '../gate/row-scores.ts';
import { WatchedGain, type WatchRules } from '../gate/watched-gain.ts';
import type { ProbationEvidence } from './probation-events.ts';

/** What a promotion promised, as its place in the log tells. */
interface PromisedGain {
  readonly score: ScoreKind;
  readonly costPerTrade: number;
  readonly gainBound: number;
  readonly labelOverlap: number;
  readonly gain: number | undefined;
  readonly gainLower: number | undefined;
  /** Mean score of the predecessor on the evaluation rows. */
  readonly predecessorScore: number | undefined;
}

type Config = Pick<RetrainingConfig, 'falseRollbackRate' | 'confidenceLevel' | 'probationRows'>;

/** Losing every time, a version is found out after 14 decisions; fewer than this say nothing. */
const MIN_DECISIONS = 10;

/** Where a promotion stands in the log, newest first, is looked for this far back. */
const LONGEST_SEARCH = 1_000;

/** What is known of a promoted version since its promotion, all of it derived from the stored log and outcomes. */
export class ProbationRecord {
  readonly versionId: string;
  readonly predecessorId: string;
  readonly #promise: PromisedGain;
  readonly #config: Config;
  readonly #reader: DecisionReader;
  readonly #gain: WatchedGain;
  readonly #level: WatchedGain | undefined;
  /** On decisions whose outcome has no return, while returns were promised. */
  readonly #hits: WatchedGain | undefined;
  #rows = 0;

  constructor(
    stores: Pick<StorageStores, 'predictions'>,
    promotion: PromotionRecord,
    startedAt: number,
    config: Config,
  ) {
    const { versionId, previousVersionId } = promotion;
    this.versionId = versionId;
    this.predecessorId = previousVersionId!;
    this.#promise = promiseOf(promotion.evidence);
    this.#config = config;
    const { predictions } = stores;
    const ids = { liveVersionId: versionId, shadowVersionId: this.predecessorId };
    this.#reader = new DecisionReader({ predictions, ...ids, from: startedAt });
    const { score, gainBound, labelOverlap, predecessorScore } = this.#promise;
    // Which comparisons there will be is not known before the outcomes: each has its part, whether it is used or not.
    const comparisons = score === 'hit' ? 2 : 3;
    const rules: WatchRules = {
      gainBound,
      labelOverlap,
      margin: 0,
      alphaAbove: (1 - config.confidenceLevel) / 2,
      alphaBelow: config.falseRollbackRate / comparisons,
      minDecisions: MIN_DECISIONS,
      find: 'below',
      restartsBelow: Math.max(1, config.probationRows),
    };
    this.#gain = new WatchedGain(rules);
    this.#level = predecessorScore === undefined ? undefined : new WatchedGain(rules);
    this.#hits = score === 'hit' ? undefined : new WatchedGain({ ...rules, gainBound: 1 });
  }

  /** Outcomes of the version, at most `probationRows`. */
  get rows(): number {
    return this.#rows;
  }

  /** Decisions that could be weighed; without one, nothing was judged. */
  get weighed(): number {
    return this.#gain.decisions + (this.#level?.decisions ?? 0) + (this.#hits?.decisions ?? 0);
  }

  /** Why the version is to go, as one sentence. */
  get complaint(): string | undefined {
    if (this.#gain.found === 'below' || this.#hits?.found === 'below')
      return 'its live outcomes are worse than those of the version before it';
    if (this.#level?.found === 'below')
      return 'its live outcomes are worse than what the version before it was validated at';
    return undefined;
  }

  get evidence(): ProbationEvidence {
    const { score, gain: predictedGain, gainLower: predictedGainLower } = this.#promise;
    const gain = this.#gain.evidence;
    return {
      score,
      rows: this.#rows,
      ...(predictedGain === undefined ? {} : { predictedGain, fellShort: gain.gainUpper < predictedGain }),
      ...(predictedGainLower === undefined ? {} : { predictedGainLower }),
      falseRollbackRate: this.#config.falseRollbackRate,
      gain,
      ...(this.#level === undefined ? {} : { level: this.#level.evidence }),
      ...(this.#hits?.seen ? { hits: this.#hits.evidence } : {}),
    };
  }

  /** Reads what has become known since. */
  async read(): Promise<void> {
    for (const decision of await this.#reader.read()) {
      if (this.#rows >= this.#config.probationRows || this.complaint !== undefined) return;
      this.#rows++;
      this.#weigh(decision);
    }
  }

  #weigh({ live, shadow }: KnownDecision): void {
    const { score, costPerTrade, predecessorScore } = this.#promise;
    if (shadow !== undefined) {
      const gain = gainOf(live, shadow, score, costPerTrade);
      if (gain === undefined) {
        const hit = gainOf(live, shadow, 'hit', 0);
        if (hit !== undefined) this.#hits?.add(hit);
      } else this.#gain.add(gain);
      return;
    }
    const own = scoreOf(live, score, costPerTrade);
    if (own === undefined || predecessorScore === undefined) return;
    const { predictedAt, outcome } = live;
    this.#level?.add({ gain: own - predecessorScore, predictedAt, observedAt: outcome.observedAt });
  }
}

/** The promotion that put a version on probation. */
export async function promotionOf(
  stores: Pick<StorageStores, 'promotions'>,
  modelName: string,
  versionId: string,
): Promise<PromotionRecord | undefined> {
  const log: Page<PromotionRecord> = await stores.promotions.list(modelName, { limit: LONGEST_SEARCH });
  return log.items.find((record) => record.versionId === versionId && record.kind === 'promotion');
}

/** What the gate stored; a promotion by hand promised nothing, and is judged by hits. */
function promiseOf(evidence: JsonObject = {}): PromisedGain {
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const score = evidence.score === 'net-return' && number(evidence.gainBound) !== undefined ? 'net-return' : 'hit';
  return {
    score,
    costPerTrade: number(evidence.costPerTrade) ?? 0,
    gainBound: score === 'hit' ? 1 : number(evidence.gainBound)!,
    labelOverlap: number(evidence.labelOverlap) ?? 1,
    gain: number(evidence.gain),
    gainLower: number(evidence.gainLower),
    predecessorScore: evidence.opponent === 'champion' ? number(evidence.opponentScore) : undefined,
  };
}
