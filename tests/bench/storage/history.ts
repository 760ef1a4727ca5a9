import { keyedRandom, type RecordedPrediction, type ResolvedPrediction } from '@mlperf/core';

export const MODEL_NAME = 'majors/1m/direction';
export const SYMBOLS = ['BTC', 'ETH', 'SOL', 'XRP', 'ADA', 'DOT', 'LTC', 'BCH', 'ETC', 'UNI'].map((s) => `${s}-USD`);

const DAY_MS = 86_400_000;
/** Three years that end where the clock of the measurements stands: 2026-01-01T00:00:00Z. */
export const END_AT = 1_767_225_600_000;
export const DAYS = 1_096;
export const START_AT = END_AT - DAYS * DAY_MS;
/** Versions in force one after the other, in days from the start; the last has served for a day. */
export const VERSIONS: readonly { readonly modelVersionId: string; readonly fromDay: number }[] = [
  { modelVersionId: 'majors-v1', fromDay: 0 },
  { modelVersionId: 'majors-v2', fromDay: 150 },
  { modelVersionId: 'majors-v3', fromDay: 380 },
  { modelVersionId: 'majors-v4', fromDay: 600 },
  { modelVersionId: 'majors-v5', fromDay: 900 },
  { modelVersionId: 'majors-v6', fromDay: DAYS - 1 },
];
/** One decision in so many has a shadow prediction by the next version. */
const SHADOW_EVERY = 20;

/**
 * Predictions with outcomes, in the order of time: the same rows for the same count, spread evenly over three years, ten
 * symbols at a time. An outcome arrives an hour after its prediction and is numbered in that order.
 */
export function* history(count: number): Generator<ResolvedPrediction> {
  const random = keyedRandom('storage history');
  const sequences = new Map<string, number>();
  const prices = SYMBOLS.map(() => 100);
  const live = Math.ceil((count * SHADOW_EVERY) / (SHADOW_EVERY + 1));
  const steps = Math.ceil(live / SYMBOLS.length);
  let made = 0;
  for (let step = 0; ; step++) {
    const predictedAt = START_AT + Math.floor((step / steps) * DAYS * DAY_MS);
    const day = (predictedAt - START_AT) / DAY_MS;
    const serving = VERSIONS.findLastIndex(({ fromDay }) => day >= fromDay);
    for (const [s, symbol] of SYMBOLS.entries()) {
      const referencePrice = prices[s]!;
      const marketReturn = 0.004 * (random.next() - 0.5);
      const price = referencePrice * (1 + marketReturn);
      prices[s] = price;
      const decisionId = `${symbol}-${step}`;
      const predict = (role: 'live' | 'shadow', modelVersionId: string): ResolvedPrediction => {
        const confidence = 0.5 + 0.5 * random.next();
        const correct = random.next() < 0.5 + 0.1 * confidence;
        const up = marketReturn > 0 === correct;
        const sequence = (sequences.get(modelVersionId) ?? 0) + 1;
        sequences.set(modelVersionId, sequence);
        const direction = up ? 'up' : 'down';
        return {
          id: role === 'live' ? decisionId : `${decisionId}-shadow`,
          decisionId,
          role,
          modelName: MODEL_NAME,
          modelVersionId,
          symbol,
          predictedAt,
          dueAt: predictedAt + 3_600_000,
          direction,
          confidence,
          probabilities: { up: up ? confidence : 1 - confidence, down: up ? 1 - confidence : confidence },
          referencePrice,
          recordedAt: predictedAt + 5,
          outcome: {
            observedAt: predictedAt + 3_600_000,
            price,
            direction: marketReturn > 0 ? 'up' : 'down',
            correct,
            marketReturn,
            netReturn: (up ? 1 : -1) * marketReturn,
            sequence,
            recordedAt: predictedAt + 3_600_100,
          },
        };
      };
      yield predict('live', VERSIONS[serving]!.modelVersionId);
      if (++made === count) return;
      const next = VERSIONS[serving + 1];
      if ((step * SYMBOLS.length + s) % SHADOW_EVERY === 0) {
        yield predict('shadow', (next ?? VERSIONS[serving]!).modelVersionId);
        if (++made === count) return;
      }
    }
  }
}

/** Predictions of the last minutes, which wait for their outcome. */
export function openPredictions(): readonly RecordedPrediction[] {
  return Array.from({ length: 1_000 }, (_, i): RecordedPrediction => {
    const predictedAt = END_AT - 2_400_000 + i * 600;
    const symbol = SYMBOLS[i % SYMBOLS.length]!;
    return {
      id: `open-${i}`,
      decisionId: `open-${i}`,
      role: 'live',
      modelName: MODEL_NAME,
      modelVersionId: VERSIONS.at(-1)!.modelVersionId,
      symbol,
      predictedAt,
      direction: i % 2 === 0 ? 'up' : 'down',
      confidence: 0.6,
      recordedAt: predictedAt + 5,
    };
  });
}
