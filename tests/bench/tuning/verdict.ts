import assert from 'node:assert/strict';
import type { BenchmarkOptions, Report } from '../harness/figure.ts';
import { deployments, NOISE, SIGNAL } from './verdict-searches.ts';

const TRIALS = 200;

/**
 * How often a study of 200 trials says to deploy: on pure noise, where it must not, and on planted signal, where it must.
 * Through the tuner: its splits, its stored answers, its report. A promise of the statistics, so that no quiet machine is
 * needed.
 */
export async function reportVerdicts(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const seeds = quick ? 4 : 100;
  for (const search of NOISE) {
    const deployed = await deployments(search, seeds, TRIALS);
    report({
      name: `verdict on pure noise, ${search.name}: "do not deploy" of ${seeds} seeds`,
      value: seeds - deployed,
      unit: 'seeds',
      budget: { min: Math.ceil(0.95 * seeds) },
    });
    // Beyond what a rate of 5 % does in one run of ten thousand: wrong, not unlucky.
    assert.ok(deployed <= (quick ? 3 : 14), `${search.name}: ${deployed} of ${seeds} searches of noise were deployed`);
  }
  for (const search of SIGNAL) {
    const deployed = await deployments(search, seeds, TRIALS);
    report({
      name: `verdict on planted signal, ${search.name}: "deploy" of ${seeds} seeds`,
      value: deployed,
      unit: 'seeds',
      budget: { min: Math.ceil(0.9 * seeds) },
    });
    assert.ok(
      deployed >= (quick ? 0 : 78),
      `${search.name}: only ${deployed} of ${seeds} searches of signal were deployed`,
    );
  }
}
