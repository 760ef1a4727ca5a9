import { EDetector, type EDetectorOptions, keyedRandom, type RandomSource } from '@mlperf/core';

/** Outcomes until the first alarm at a constant hit rate, given up at `limit`. */
export function runLength(detector: EDetector, random: RandomSource, rate: number, limit: number): number {
  for (let n = 1; n < limit; n++) {
    if (detector.update(random.next() < rate) !== undefined) return n;
  }
  return limit;
}

/** Mean and standard error of run lengths over seeded streams. */
export function meanRunLength(options: EDetectorOptions, rate: number, runs: number, limit: number, seed: string) {
  const detector = new EDetector(options);
  const lengths = Array.from({ length: runs }, (_, i) => {
    detector.reset();
    return runLength(detector, keyedRandom(seed, i), rate, limit);
  });
  const mean = lengths.reduce((sum, length) => sum + length, 0) / runs;
  const variance = lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / (runs - 1);
  return { mean, standardError: Math.sqrt(variance / runs) };
}

/** Outcomes from a fall of the hit rate to the alarm, over seeded streams that had no false alarm before. */
export function delays(options: EDetectorOptions, from: number, to: number, runs: number, seed: string): number[] {
  const detector = new EDetector(options);
  const found: number[] = [];
  for (let i = 0; found.length < runs; i++) {
    detector.reset();
    const random = keyedRandom(seed, i);
    if (runLength(detector, random, from, 201) < 201) continue;
    found.push(runLength(detector, random, to, 100_000));
  }
  return found.sort((a, b) => a - b);
}
