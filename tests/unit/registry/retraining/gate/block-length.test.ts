import { defaultBlockLength, labelOverlap } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';
import { overlapSpread } from '../../../../../packages/registry/src/retraining/gate/block-length.ts';

describe('the label overlap', () => {
  it('is 1 when every label ends before the next row', () => {
    expect(labelOverlap({ timestamps: [0, 10, 20], labelEndsAt: [10, 20, 30] })).toBe(1);
  });

  it('is the horizon in rows when labels run ahead by several', () => {
    const timestamps = Array.from({ length: 50 }, (_, i) => i);
    expect(labelOverlap({ timestamps, labelEndsAt: timestamps.map((t) => t + 5) })).toBe(5);
  });

  it('counts the rows of several symbols at one time together', () => {
    const timestamps = [0, 0, 0, 1, 1, 1, 2, 2, 2];
    expect(labelOverlap({ timestamps, labelEndsAt: timestamps.map((t) => t + 2) })).toBe(6);
  });

  it('is found where it is greatest', () => {
    expect(labelOverlap({ timestamps: [0, 1, 2, 3, 4], labelEndsAt: [1, 2, 5, 4, 5] })).toBe(3);
  });

  it('is 1 for labels known at once', () => {
    expect(labelOverlap({ timestamps: [0, 1], labelEndsAt: [0, 1] })).toBe(1);
  });
});

describe('the default block length', () => {
  it('is the cube root of the sample when labels do not overlap', () => {
    expect(defaultBlockLength(1, 1_000)).toBe(10);
    expect(defaultBlockLength(1, 1_001)).toBe(11);
    expect(defaultBlockLength(1, 1)).toBe(1);
  });

  it('grows by twice the overlap', () => {
    expect(defaultBlockLength(5, 250)).toBe(2 * (5 - 1) + 7);
  });
});

describe('what blocks miss of the spread of a mean', () => {
  it('is nothing without overlap', () => {
    expect(overlapSpread(1, 5)).toBe(1);
  });

  it('is what they leave out of the covariances of overlapping labels', () => {
    const [overlap, block] = [20, 48];
    const distances = Array.from({ length: overlap - 1 }, (_, i) => i + 1);
    const covariance = (j: number) => 1 - j / overlap;
    const whole = 1 + 2 * distances.reduce((sum, j) => sum + covariance(j), 0);
    const counted = 1 + 2 * distances.reduce((sum, j) => sum + (1 - j / block) * covariance(j), 0);
    expect(overlapSpread(overlap, block)).toBeCloseTo(Math.sqrt(whole / counted), 12);
  });

  it('is bounded when a block is far too short', () => {
    expect(overlapSpread(1_000, 1)).toBeCloseTo(Math.sqrt(3), 12);
  });
});
