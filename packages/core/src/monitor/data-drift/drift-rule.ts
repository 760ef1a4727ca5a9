import { InvalidInputError } from '../../errors.ts';
import { correctPValues, type PValueCorrection } from './correct-p-values.ts';
import type { DriftRule, EffectMeasure } from './data-drift-verdict.ts';
import { type BinRule, DEFAULT_BINS, requireBinOptions } from './reference-bins.ts';
import { DEFAULT_ZERO_RULE, requireZeroRule, type ZeroRule } from './zero-rule.ts';

export interface DataDriftOptions {
  /** Default `psi`: one scale for numbers and categories. */
  readonly effectMeasure?: EffectMeasure;
  /** Smallest effect that matters, ≥ 0. Default 0.1. */
  readonly effectThreshold?: number;
  /** Level of the corrected p-values, in (0, 1). Default 0.05. */
  readonly significance?: number;
  /** For the number of features. Default `holm`. */
  readonly correction?: PValueCorrection;
  /** Fewest values, in the reference and in the current rows, to judge a feature by; ≥ 1. Default 50. */
  readonly minRows?: number;
  /**
   * Share of the tested features that must have drifted for the data to have, in [0, 1]; always at least one.
   * Default 0: any one.
   */
  readonly minDriftedShare?: number;
  /** As in `populationStabilityIndex`; for PSI and Jensen–Shannon. Default 10 bins at reference quantiles. */
  readonly bins?: number;
  readonly binRule?: BinRule;
  readonly zeroRule?: ZeroRule;
}

const MEASURES: readonly EffectMeasure[] = ['psi', 'jensen-shannon', 'kolmogorov-smirnov', 'wasserstein'];

/** Options with their defaults, checked. @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE`. */
export function resolveDriftRule(options: DataDriftOptions = {}): DriftRule {
  const rule: DriftRule = {
    effectMeasure: options.effectMeasure ?? 'psi',
    effectThreshold: options.effectThreshold ?? 0.1,
    significance: options.significance ?? 0.05,
    correction: options.correction ?? 'holm',
    minRows: options.minRows ?? 50,
    minDriftedShare: options.minDriftedShare ?? 0,
    bins: options.bins ?? DEFAULT_BINS,
    binRule: options.binRule ?? 'quantile',
    zeroRule: options.zeroRule ?? DEFAULT_ZERO_RULE,
  };
  const { effectMeasure, effectThreshold, significance, minRows, minDriftedShare } = rule;
  if (!MEASURES.includes(effectMeasure)) {
    const expectation = `effectMeasure must be one of ${MEASURES.join(', ')}`;
    throw new InvalidInputError('INVALID_TYPE', `${expectation}; got ${String(effectMeasure)}`);
  }
  requireRange('effectThreshold', effectThreshold, effectThreshold >= 0, '≥ 0');
  requireRange('significance', significance, significance > 0 && significance < 1, 'above 0 and below 1');
  requireRange('minRows', minRows, Number.isInteger(minRows) && minRows >= 1, 'a whole number ≥ 1');
  requireRange('minDriftedShare', minDriftedShare, minDriftedShare >= 0 && minDriftedShare <= 1, 'in [0, 1]');
  requireBinOptions(rule.bins, rule.binRule);
  requireZeroRule(rule.zeroRule);
  correctPValues([], rule.correction);
  return rule;
}

function requireRange(name: string, value: number, holds: boolean, range: string): void {
  if (holds && Number.isFinite(value)) return;
  throw new InvalidInputError('OUT_OF_RANGE', `${name} must be ${range}; got ${value}`);
}
