import { scoringByName } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

describe('scoringByName', () => {
  it.each([
    ['accuracy', 'maximize'],
    ['f1_macro', 'maximize'],
    ['log_loss', 'minimize'],
    ['f1_score:up', 'maximize'],
    ['root_mean_squared_error', 'minimize'],
    ['mean_absolute_error', 'minimize'],
  ])('finds %s', (name, direction) => {
    expect(scoringByName(name)).toMatchObject({ name, direction });
  });

  it('scores the class that is named', () => {
    // up predicted twice and once rightly, observed once: F1 = 2 · 1 / (2 + 1)
    const score = scoringByName('f1_score:up').score(Float64Array.of(0, 1), Float64Array.of(0.2, 0.8, 0.2, 0.8), [
      'down',
      'up',
    ]);
    expect(score).toBeCloseTo(2 / 3, 15);
  });

  it('keeps metrics of classes from a regression, and those of values from classes', () => {
    expect(scoringByName('mean_absolute_error', 'regression').name).toBe('mean_absolute_error');
    for (const [name, task] of [
      ['accuracy', 'regression'],
      ['f1_score:up', 'regression'],
      ['mean_absolute_error', 'classification'],
    ] as const) {
      expect(() => scoringByName(name, task)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
    }
  });

  it('scores the errors of values by hand, and classes not at all', () => {
    const [yTrue, predicted] = [Float64Array.of(1, 2, 3), Float64Array.of(1, 4, 0)];
    expect(scoringByName('root_mean_squared_error').score(yTrue, predicted, [])).toBeCloseTo(
      Math.sqrt((0 + 4 + 9) / 3),
      15,
    );
    expect(scoringByName('mean_absolute_error').score(yTrue, predicted, [])).toBeCloseTo((0 + 2 + 3) / 3, 15);
    expect(scoringByName('mean_absolute_error').score(yTrue, predicted, ['down', 'up'])).toBeUndefined();
  });

  it.each(['acuracy', 'f1_score:', 'toString', ''])('refuses %o and names those that exist', (name) => {
    expect(() => scoringByName(name)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: expect.stringContaining('accuracy, f1_macro, log_loss, f1_score:<class>'),
      }),
    );
  });
});
