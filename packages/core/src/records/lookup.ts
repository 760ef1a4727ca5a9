import { type Checker, refuseProblem, satisfying } from './checker.ts';
import { finite, identifier, sha256, whole } from './scalar-checkers.ts';

/** A record's key as a reader gives it. @throws {@link InvalidInputError} `INVALID_QUERY` for what no key can be. */
export function requireKey(value: string, name: string): string {
  return required(value, name, identifier);
}

/** @throws {@link InvalidInputError} `INVALID_QUERY` for anything but 64 lower-case hex digits. */
export function requireSha256(value: string): string {
  return required(value, 'sha256', sha256);
}

/** A bound of a time range: any finite number, also before 1970. @throws {@link InvalidInputError} `INVALID_QUERY`. */
export function requireTimeBound(value: number, name: string): number {
  return required(value, name, finite);
}

/** @throws {@link InvalidInputError} `INVALID_QUERY` unless a whole number ≥ 0. */
export function requireSequence(value: number, name: string): number {
  return required(value, name, whole(0));
}

/** The bytes of an artifact. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireBytes(value: Uint8Array): Uint8Array {
  const checker = satisfying('a Uint8Array', (content) => content instanceof Uint8Array);
  refuseProblem(checker(value), 'artifact', 'INVALID_RECORD');
  return value;
}

function required<T>(value: T, name: string, checker: Checker): T {
  refuseProblem(checker(value), name, 'INVALID_QUERY');
  return value;
}
