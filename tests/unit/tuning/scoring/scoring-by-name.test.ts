import { scoringByName } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

describe('scoringByName', () => {
  it.each([
    ['accuracy', 'maximize'],
    ['f1_macro', 'maximize'],
    ['log_loss', 'minimize'],
    ['f1_score:up', 'maximize'],
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

  it.each(['acuracy', 'f1_score:', 'toString', ''])('refuses %o and names those that exist', (name) => {
    expect(() => scoringByName(name)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: expect.stringContaining('accuracy, f1_macro, log_loss, f1_score:<class>'),
      }),
    );
  });
});
