import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { categorical, defineSpace, int, type SearchSpace } from '@mlperf/tuning';
import type { TestFunction } from './functions.ts';

/** Made by `tests/bench/peers/convert_hpo_tables.py`: 32-bit floats, the last parameter fastest. */
export const TABLES = join(import.meta.dirname, 'tables');

/** Feed-forward networks on regressions (HPOLib): Klein & Hutter (2019), arXiv 1905.04970. */
const NETWORK = defineSpace({
  activation1: categorical(['relu', 'tanh']),
  activation2: categorical(['relu', 'tanh']),
  batch: int(0, 3),
  dropout1: int(0, 2),
  dropout2: int(0, 2),
  rate: int(0, 5),
  schedule: categorical(['cosine', 'const']),
  units1: int(0, 5),
  units2: int(0, 5),
});

/** Multilayer perceptrons on classifications (HPOBench): Eggensperger et al. (2021), arXiv 2109.06716. */
const PERCEPTRON = defineSpace({
  alpha: int(0, 9),
  batch: int(0, 9),
  depth: int(0, 2),
  rate: int(0, 9),
  width: int(0, 9),
});

/** Mean validation losses of every configuration of a model on a data set; parameters are places in a list. */
function tabular(name: string, space: SearchSpace): TestFunction {
  const bytes = readFileSync(join(TABLES, `${name}.f32`));
  const losses = Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  const axes = Object.entries(space).map(([parameter, dimension]) => {
    if (dimension.type === 'int') return { parameter, choices: undefined, count: dimension.high + 1 };
    if (dimension.type !== 'categorical') throw new Error(`${parameter} must be an int or a category`);
    return { parameter, choices: dimension.choices, count: dimension.choices.length };
  });
  return {
    name,
    space,
    noise: 0,
    valueAt: (point) => {
      let at = 0;
      for (const { parameter, choices, count } of axes) {
        const value = point[parameter]!;
        at = at * count + (choices === undefined ? Number(value) : choices.indexOf(value));
      }
      return losses[at]!;
    },
  };
}

export const TABULAR_FUNCTIONS: readonly TestFunction[] = [
  tabular('protein_structure', NETWORK),
  tabular('naval_propulsion', NETWORK),
  tabular('vehicle', PERCEPTRON),
  tabular('phoneme', PERCEPTRON),
];
