import { type Checker, problem, satisfying } from './checker.ts';

/** Longest id, symbol, feature name or other key, in UTF-16 code units. */
export const MAX_IDENTIFIER_LENGTH = 512;
/**
 * Longest of those in UTF-8, bytes: a key of an index may hold three, and a page of Postgres takes 2,704 bytes of one.
 * Text of up to 266 characters always fits.
 */
export const MAX_IDENTIFIER_BYTES = 800;
/** Longest reason, note or message, in UTF-16 code units. */
export const MAX_TEXT_LENGTH = 100_000;
/** Most features, metrics, folds or other entries of one record. */
export const MAX_ENTRIES = 100_000;
/** The last time a JavaScript `Date` can hold, epoch milliseconds. */
const MAX_TIME = 8.64e15;

/** Text that every store returns as it went in: no NUL, no lone surrogate, `min` to `max` UTF-16 code units. */
export function text(min: number, max: number): Checker {
  const expectation = min === 0 ? `text of at most ${max} characters` : `non-empty text of at most ${max} characters`;
  return (value) => {
    if (typeof value !== 'string' || value.length < min || value.length > max) return problem(expectation, value);
    return isStorable(value) ? undefined : problem('text without NUL characters and lone surrogates', value);
  };
}

const identifierText: Checker = text(1, MAX_IDENTIFIER_LENGTH);

/** An id or a name that joins records. It is data: any storable text, such as `BTC/USDT`. */
export const identifier: Checker = (value) =>
  identifierText(value) ??
  (utf8Bytes(value as string) <= MAX_IDENTIFIER_BYTES
    ? undefined
    : problem(`text of at most ${MAX_IDENTIFIER_BYTES} bytes in UTF-8`, value));

/** Of well-formed text. */
function utf8Bytes(value: string): number {
  // No character takes more than three bytes a code unit.
  if (3 * value.length <= MAX_IDENTIFIER_BYTES) return 3 * value.length;
  let bytes = 0;
  for (const character of value) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

export const freeText: Checker = text(0, MAX_TEXT_LENGTH);

export const nonEmptyText: Checker = text(1, MAX_TEXT_LENGTH);

/** 64 lower-case hex digits. */
export const sha256: Checker = satisfying(
  'a SHA-256 of 64 lower-case hex digits',
  (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
);

export const finite: Checker = satisfying('a finite number', Number.isFinite);

export const positive: Checker = satisfying(
  'a finite number > 0',
  (value) => Number.isFinite(value) && Number(value) > 0,
);

export const notNegative: Checker = satisfying(
  'a finite number ≥ 0',
  (value) => Number.isFinite(value) && Number(value) >= 0,
);

/** A share or a probability. */
export const unitInterval: Checker = satisfying(
  'a number in [0, 1]',
  (value) => Number.isFinite(value) && Number(value) >= 0 && Number(value) <= 1,
);

export const positiveUnitInterval: Checker = satisfying(
  'a number in (0, 1]',
  (value) => Number.isFinite(value) && Number(value) > 0 && Number(value) <= 1,
);

/** A whole number in [min, max]. */
export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): Checker {
  const expectation =
    max === Number.MAX_SAFE_INTEGER ? `a whole number ≥ ${min}` : `a whole number from ${min} to ${max}`;
  return satisfying(expectation, (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max);
}

/** Epoch milliseconds, from 1970 to the end of `Date`. */
export const timestamp: Checker = satisfying(
  'a time in whole epoch milliseconds, from 0 to 8.64e15',
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_TIME,
);

function isStorable(value: string): boolean {
  return !value.includes('\u0000') && value.isWellFormed();
}
