import { InvalidInputError, type JsonObject, type Weighting } from '@mlperf/core';

export interface FixedShareOptions {
  /** η > 0: how fast weight moves to members of smaller loss. Default 0.5. */
  readonly learningRate?: number;
  /** α in [0, 1): the share of its weight each member gives to the others after an outcome. Default 0.001. */
  readonly shareRate?: number;
}

const FORMAT_VERSION = 1;
const MAX_MEMBERS = 1_000;

/**
 * Weights that follow the best of several models, also when another one becomes the best: the fixed-share forecaster.
 *
 *   loss update    vᵢ = wᵢ · e^(−η·lossᵢ) / Σⱼ wⱼ · e^(−η·lossⱼ)
 *   share update   wᵢ = (1 − α)·vᵢ + α · (1 − vᵢ) / (n − 1)
 *
 * It starts at 1/n. Weights are kept as logarithms, so that none is ever lost to 0. A member without an answer is
 * charged what the others lost together, −ln(Σ wⱼe^(−η·lossⱼ) / Σ wⱼ) / η, and so keeps its weight in the loss update
 * (Freund et al. 1997); when nobody answered, nothing changes.
 *
 * With losses that are η-exp-concave the loss L of the weighted mean is at most that of any sequence of members with s
 * changes over T outcomes, plus
 *
 *   ( ln n + s·ln((n − 1)/α) + (T − 1 − s)·ln(1/(1 − α)) ) / η
 *
 * The default η = 1/2 is right for half the Brier score, ½·Σ(p − y)², of any number of classes. The default α expects
 * another best member about every 1,000 outcomes; what it costs is α/η of loss an outcome while nothing changes.
 *
 * @see Herbster & Warmuth (1998), Machine Learning 32:151–178, doi:10.1023/A:1007424614876
 * @see Freund, Schapire, Singer & Warmuth (1997), STOC, doi:10.1145/258533.258616
 * @example
 * const rule = new FixedShare({ learningRate: Math.LN2, shareRate: 0.1 });
 * rule.weights(rule.update(rule.start(2), [0, 1])); // 2/3 and 1/3 after the loss; 19/30 and 11/30 after the share
 */
export class FixedShare implements Weighting {
  readonly learningRate: number;
  readonly shareRate: number;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor(options: FixedShareOptions = {}) {
    const { learningRate = 0.5, shareRate = 0.001 } = options;
    if (!(learningRate > 0 && Number.isFinite(learningRate))) {
      throw new InvalidInputError('OUT_OF_RANGE', `learningRate must be above 0 and finite; got ${learningRate}`);
    }
    if (!(shareRate >= 0 && shareRate < 1)) {
      throw new InvalidInputError('OUT_OF_RANGE', `shareRate must be from 0 to below 1; got ${shareRate}`);
    }
    this.learningRate = learningRate;
    this.shareRate = shareRate;
  }

  get rule(): JsonObject {
    return { name: 'fixed-share', learningRate: this.learningRate, shareRate: this.shareRate };
  }

  start(members: number): JsonObject {
    if (!(Number.isInteger(members) && members >= 1 && members <= MAX_MEMBERS)) {
      throw new InvalidInputError('OUT_OF_RANGE', `members must be from 1 to ${MAX_MEMBERS}; got ${members}`);
    }
    return stored(new Array<number>(members).fill(-Math.log(members)));
  }

  update(state: JsonObject, losses: readonly (number | undefined)[]): JsonObject {
    const before = logWeightsOf(state);
    requireLosses(losses, before.length);
    const after = before.map((log, i) => log - this.learningRate * (losses[i] ?? 0));
    const awake = losses.flatMap((loss, i) => (loss === undefined ? [] : [i]));
    if (awake.length === 0) return stored(before);
    // What the members that answered lose together is what is taken off those that did not.
    const lost = logSum(awake.map((i) => after[i]!)) - logSum(awake.map((i) => before[i]!));
    const mixed = after.map((log, i) => (losses[i] === undefined ? log + lost : log));
    const total = logSum(mixed);
    return stored(this.#shared(mixed.map((log) => log - total)));
  }

  weights(state: JsonObject): Float64Array {
    const logs = logWeightsOf(state);
    const total = logSum(logs);
    return Float64Array.from(logs, (log) => Math.exp(log - total));
  }

  #shared(logs: readonly number[]): readonly number[] {
    const others = logs.length - 1;
    if (this.shareRate === 0 || others === 0) return logs;
    // (1 − α)·v + α·(1 − v)/(n − 1) is at least α/(n − 1): nothing is lost by leaving the logarithms here.
    return logs.map((log) => {
      const v = Math.exp(log);
      return Math.log((1 - this.shareRate) * v + (this.shareRate * Math.max(0, 1 - v)) / others);
    });
  }
}

function logSum(logs: readonly number[]): number {
  const top = Math.max(...logs);
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}

function stored(logWeights: readonly number[]): JsonObject {
  return { formatVersion: FORMAT_VERSION, logWeights: [...logWeights] };
}

function logWeightsOf({ formatVersion, logWeights }: JsonObject): readonly number[] {
  const numbers = Array.isArray(logWeights) ? logWeights.filter((log): log is number => isLogWeight(log)) : [];
  const whole = Array.isArray(logWeights) && numbers.length === logWeights.length;
  if (formatVersion === FORMAT_VERSION && whole && numbers.length >= 1 && numbers.length <= MAX_MEMBERS) return numbers;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `a fixed-share state must have formatVersion ${FORMAT_VERSION} and 1 to ${MAX_MEMBERS} log weights, each at most 0`,
  );
}

function isLogWeight(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value <= 1e-9;
}

function requireLosses(losses: readonly (number | undefined)[], members: number): void {
  if (losses.length !== members) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `losses must have ${members} values, one per member; got ${losses.length}`,
    );
  }
  losses.forEach((loss, i) => {
    if (loss === undefined || (loss >= 0 && loss <= 1)) return;
    throw new InvalidInputError('OUT_OF_RANGE', `losses[${i}] must be from 0 to 1; got ${loss}`);
  });
}
