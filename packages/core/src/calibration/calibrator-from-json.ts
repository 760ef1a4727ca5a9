import { InvalidInputError } from '../errors.ts';
import { describeValue } from '../records/checker.ts';
import { BetaCalibrator } from './beta-calibrator.ts';
import type { Calibrator } from './calibrator.ts';
import { IsotonicCalibrator } from './isotonic-calibrator.ts';
import { PlattCalibrator } from './platt-calibrator.ts';
import { storedName } from './stored-calibrator.ts';
import { TemperatureCalibrator } from './temperature-calibrator.ts';

const READERS: ReadonlyMap<unknown, (json: unknown) => Calibrator> = new Map<string, (json: unknown) => Calibrator>([
  ['platt', (json) => PlattCalibrator.from(json)],
  ['isotonic', (json) => IsotonicCalibrator.from(json)],
  ['temperature', (json) => TemperatureCalibrator.from(json)],
  ['beta', (json) => BetaCalibrator.from(json)],
]);

/**
 * Takes up a stored calibrator; it gives the same probabilities bit for bit.
 *
 * @param json - What `toJSON` gave, from any source: it is checked as untrusted data.
 * @throws {@link InvalidInputError} `INVALID_RECORD` for a calibrator or format version this release does not know, a
 * missing, foreign or impossible field, a key named `__proto__`, `constructor` or `prototype`.
 * @example calibratorFromJSON(JSON.parse(JSON.stringify(new TemperatureCalibrator(1)))).apply(0.7); // 0.7
 */
export function calibratorFromJSON(json: unknown): Calibrator {
  const name = storedName(json);
  const read = READERS.get(name);
  if (read !== undefined) return read(json);
  throw new InvalidInputError(
    'INVALID_RECORD',
    `a stored calibrator must be one of ${[...READERS.keys()].join(', ')}; got ${describeValue(name)}`,
  );
}
