import { InvalidInputError } from '../errors.ts';
import { canonicalRecord } from '../records/canonical.ts';
import { type Checker, describeValue, type FieldCheckers, isObject, refuseProblem, shape } from '../records/checker.ts';
import type { JsonObject } from '../types/json.ts';

const FORMAT_VERSION = 1;

/** The head of every stored form of this room: whose it is and in which format. */
export interface StoredHead {
  readonly calibrator: string;
  readonly formatVersion: number;
}

/** The stored form of a calibrator. */
export function storedCalibrator(calibrator: string, fields: JsonObject): JsonObject {
  return { calibrator, formatVersion: FORMAT_VERSION, ...fields };
}

/** Which calibrator a stored form says it is; `undefined` when it does not say. */
export function storedName(json: unknown): string | undefined {
  if (!isObject(json) || !Object.hasOwn(json, 'calibrator')) return undefined;
  return typeof json.calibrator === 'string' ? json.calibrator : undefined;
}

/**
 * Opens the stored form of a calibrator: a checked copy.
 *
 * @param fields - One checker for each field beside the head; any other field is refused.
 * @throws {@link InvalidInputError} `INVALID_RECORD` for another calibrator's form, another format version, a missing,
 * foreign or impossible field, a key named `__proto__`, `constructor` or `prototype`, or nesting beyond 32.
 */
export function openStored<T extends StoredHead>(
  json: unknown,
  calibrator: string,
  fields: Omit<FieldCheckers<T>, keyof StoredHead>,
): T {
  const subject = `stored ${calibrator} calibrator`;
  const copy: unknown = canonicalRecord(json, subject);
  const name = storedName(copy);
  if (name !== calibrator)
    throw refused(`${subject} must say calibrator = '${calibrator}'; got ${describeValue(name)}`);
  const version = isObject(copy) ? copy.formatVersion : undefined;
  if (version !== FORMAT_VERSION) {
    throw refused(
      `${subject} must have formatVersion ${FORMAT_VERSION}, the one this release reads; got ${describeValue(version)}`,
    );
  }
  const known: Checker = () => undefined;
  refuseProblem(shape({ calibrator: known, formatVersion: known, ...fields })(copy), subject, 'INVALID_RECORD');
  return copy as T;
}

function refused(message: string): InvalidInputError {
  return new InvalidInputError('INVALID_RECORD', message);
}
