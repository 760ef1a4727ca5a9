import { InvalidInputError } from '../../errors.ts';
import { DRIFT_MODES, type DriftMode } from './drift-detector.ts';

export interface OptionRange {
  readonly min: number;
  readonly max: number;
  /** Whether the ends themselves are refused. */
  readonly open?: boolean;
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireNumberOption(name: string, value: number, { min, max, open = false }: OptionRange): number {
  if (Number.isFinite(value) && (open ? value > min && value < max : value >= min && value <= max)) return value;
  const range = open ? `strictly between ${min} and ${max}` : `a number from ${min} to ${max}`;
  throw new InvalidInputError('OUT_OF_RANGE', `${name} must be ${range}; got ${String(value)}`);
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireCountOption(name: string, value: number, min: number, max = 1_000_000_000): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `${name} must be a whole number from ${min} to ${max}; got ${String(value)}`,
  );
}

/** @throws {@link InvalidInputError} `INVALID_TYPE`. */
export function requireFlagOption(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidInputError('INVALID_TYPE', `${name} must be true or false; got ${String(value)}`);
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireModeOption(value: DriftMode): DriftMode {
  if (DRIFT_MODES.includes(value)) return value;
  throw new InvalidInputError('OUT_OF_RANGE', `mode must be 'up', 'down' or 'both'; got ${String(value)}`);
}

/** Two thresholds that contradict each other. @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireOrder(lowName: string, low: number, highName: string, high: number): void {
  if (low <= high) return;
  throw new InvalidInputError('OUT_OF_RANGE', `${lowName} must be at most ${highName} = ${high}; got ${low}`);
}
