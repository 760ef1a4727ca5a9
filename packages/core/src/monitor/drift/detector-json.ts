import { InvalidInputError } from '../../errors.ts';
import type { JsonObject } from '../../types/json.ts';

const FORMAT_VERSION = 1;
const ENVELOPE: ReadonlySet<string> = new Set(['detector', 'formatVersion', 'options', 'state']);

/** The stored form of every detector: whose it is, in which format, how it was set and how far it got. */
export function detectorJson(detector: string, options: JsonObject, state: JsonObject): JsonObject {
  return { detector, formatVersion: FORMAT_VERSION, options, state };
}

/**
 * Opens the stored form of a detector.
 *
 * @param restore - Builds the detector; must read every stored field, so that a field it does not know is refused.
 * @throws {@link InvalidInputError} `INVALID_RECORD` when the JSON is not an object, another detector's, of another
 *   format version, has a missing, foreign or impossible field, or options that the detector refuses (as `cause`).
 */
export function fromDetectorJson<Detector>(
  json: unknown,
  detector: string,
  restore: (options: StoredFields, state: StoredFields) => Detector,
): Detector {
  const what = `stored ${detector} detector`;
  const fields = requireObject(json, what);
  if (fields.detector !== detector) {
    throw invalid(`${what} must say detector = '${detector}'; got ${JSON.stringify(fields.detector)}`);
  }
  if (fields.formatVersion !== FORMAT_VERSION) {
    throw invalid(`${what} must have formatVersion ${FORMAT_VERSION}; got ${JSON.stringify(fields.formatVersion)}`);
  }
  for (const name of Object.keys(fields)) {
    if (!ENVELOPE.has(name)) throw invalid(`${what} must have no field ${JSON.stringify(name)}`);
  }
  const options = new StoredFields(requireObject(fields.options, `${what}: options`), `${what}: options`);
  const state = new StoredFields(requireObject(fields.state, `${what}: state`), `${what}: state`);
  try {
    const restored = restore(options, state);
    options.requireNoOther();
    state.requireNoOther();
    return restored;
  } catch (error) {
    if (!(error instanceof InvalidInputError) || error.code === 'INVALID_RECORD') throw error;
    throw new InvalidInputError('INVALID_RECORD', `${what}: ${error.message}`, { cause: error });
  }
}

/** The fields of one stored object, read one by one. A reader throws `INVALID_RECORD` for what it did not expect. */
export class StoredFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #what: string;
  readonly #read = new Set<string>();

  constructor(fields: Readonly<Record<string, unknown>>, what: string) {
    this.#fields = fields;
    this.#what = what;
  }

  /** A finite number from `min` to `max`. */
  number(name: string, min = -Number.MAX_VALUE, max = Number.MAX_VALUE): number {
    const value = this.#take(name);
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw this.#refuse(name, `a number from ${min} to ${max}`, value);
  }

  /** `undefined` when the field is absent. */
  optionalNumber(name: string, min = -Number.MAX_VALUE, max = Number.MAX_VALUE): number | undefined {
    return this.#has(name) ? this.number(name, min, max) : undefined;
  }

  /** A whole number from `min` to `max`. */
  count(name: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(name, min, max);
    if (Number.isSafeInteger(value)) return value;
    throw this.#refuse(name, 'a whole number', value);
  }

  flag(name: string): boolean {
    const value = this.#take(name);
    if (typeof value === 'boolean') return value;
    throw this.#refuse(name, 'true or false', value);
  }

  text(name: string): string {
    const value = this.#take(name);
    if (typeof value === 'string') return value;
    throw this.#refuse(name, 'a text', value);
  }

  /** At most `maxLength` numbers, each from `min` to `max`. */
  numbers(name: string, maxLength: number, min = -Number.MAX_VALUE, max = Number.MAX_VALUE): readonly number[] {
    const value = this.#take(name);
    const fits = (item: unknown) => typeof item === 'number' && item >= min && item <= max;
    if (Array.isArray(value) && value.length <= maxLength && value.every(fits)) return value;
    throw this.#refuse(name, `at most ${maxLength} numbers from ${min} to ${max}`, value);
  }

  /** A claim about several fields that no uninterrupted run could break. */
  require(holds: boolean, claim: string): void {
    if (!holds) throw invalid(`${this.#what}: ${claim}`);
  }

  requireNoOther(): void {
    for (const [name, value] of Object.entries(this.#fields)) {
      if (value !== undefined && !this.#read.has(name)) {
        throw invalid(`${this.#what} must have no field ${JSON.stringify(name)}`);
      }
    }
  }

  #has(name: string): boolean {
    return Object.hasOwn(this.#fields, name) && this.#fields[name] !== undefined;
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  #refuse(name: string, expected: string, value: unknown): InvalidInputError {
    return invalid(`${this.#what}.${name} must be ${expected}; got ${JSON.stringify(value)?.slice(0, 100)}`);
  }
}

function requireObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw invalid(`${what} must be an object; got ${JSON.stringify(value)?.slice(0, 100)}`);
}

function invalid(message: string): InvalidInputError {
  return new InvalidInputError('INVALID_RECORD', message);
}
