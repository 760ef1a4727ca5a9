import assert from 'node:assert/strict';
import { EDetector, keyedRandom } from '@mlperf/core';
import type { BenchmarkOptions, Report } from './harness/figure.ts';

export const name = 'symbols';

const FLOOR = 0.55;
const BUDGET = 2_000;
/** Four standard errors of a Poisson count: what chance may add to the alarms the budget allows. */
const CHANCE = 4;

/**
 * False alarms of a healthy model over many symbols, whose outcomes come in turn: a rate above the floor, an alarm
 * budget in outcomes of all symbols together. More alarms than the budget allows are a wrong result.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const outcomes = quick ? 100_000 : 3_000_000;
  const allowed = outcomes / BUDGET;
  for (const rate of [0.6, 0.65]) {
    for (const symbols of [1, 100, 1_000]) {
      const alarms = falseAlarms(rate, symbols, outcomes);
      assert.ok(alarms <= allowed + CHANCE * Math.sqrt(allowed), `${alarms} alarms; the budget allows ${allowed}`);
      report({
        name: `floor ${FLOOR}, rate ${rate}, ${symbols} symbols: false alarms in ${outcomes} outcomes`,
        value: alarms,
        unit: 'alarms',
      });
    }
  }
}

function falseAlarms(rate: number, symbols: number, outcomes: number): number {
  const random = keyedRandom('symbols', rate, symbols);
  const names = Array.from({ length: symbols }, (_, i) => `symbol ${i}`);
  const detector = new EDetector({ floor: FLOOR, falseAlarmEvery: BUDGET });
  let alarms = 0;
  for (let i = 0; i < outcomes; i++) {
    if (detector.update(random.next() < rate, names[i % symbols]) !== undefined) alarms++;
  }
  return alarms;
}
