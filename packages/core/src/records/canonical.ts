import { InvalidInputError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../types/json.ts';

const MAX_DEPTH = 32;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * A deep copy of a record in the one form every adapter stores: plain data, `undefined` properties left out,
 * −0 as 0. A record that no store could return as it went in is refused.
 *
 * @param subject - Names the record in messages, such as `prediction 'p1'`.
 * @throws {@link InvalidInputError} `INVALID_RECORD` for NaN or an infinity, a NUL character or a lone surrogate,
 * a value JSON has no form for, `undefined` in an array, a key named `__proto__`, `constructor` or `prototype`,
 * or nesting beyond 32.
 */
export function canonicalRecord<T>(record: T, subject: string): T {
  const copy = plainCopy(record, 0);
  return (copy === undefined ? canonicalValue(record, subject, '', 0) : copy) as T;
}

/** The JSON text of a canonical record with keys sorted: equal texts mean equal content. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isPlainObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

/** Whether two canonical records say the same, whatever the order of their keys; an `undefined` property is absent. */
export function sameContent(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameContent(item, b[i]))
    );
  }
  const entries = presentEntries(a);
  if (entries.length !== presentEntries(b).length) return false;
  return entries.every(([key, value]) => Object.hasOwn(b, key) && sameContent(value, Reflect.get(b, key)));
}

function presentEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, inner]) => inner !== undefined);
}

/** Keys that have passed. Bounded, since a map may have any. */
const storableKeys = new Set<string>();
const MAX_STORABLE_KEYS = 10_000;

/** The copy, as far as it is beyond doubt; `undefined` where the long way has to say what is wrong. */
function plainCopy(value: unknown, depth: number): JsonValue | undefined {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value + 0 : undefined;
    case 'string':
      return isStorableText(value) ? value : undefined;
    case 'object':
      if (value === null) return null;
      if (depth >= MAX_DEPTH) return undefined;
      return Array.isArray(value) ? copyArray(value, depth) : copyObject(value, depth);
  }
  return undefined;
}

function copyArray(values: readonly unknown[], depth: number): readonly JsonValue[] | undefined {
  const copy: JsonValue[] = [];
  for (let i = 0; i < values.length; i++) {
    const inner = plainCopy(values[i], depth + 1);
    if (inner === undefined) return undefined;
    copy.push(inner);
  }
  return copy;
}

function copyObject(value: object, depth: number): JsonObject | undefined {
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const source = value as Readonly<Record<string, unknown>>;
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(source)) {
    const given = source[key];
    if (given === undefined) continue;
    if (!storableKeys.has(key) && !noteStorableKey(key)) return undefined;
    const inner = plainCopy(given, depth + 1);
    if (inner === undefined) return undefined;
    copy[key] = inner;
  }
  return copy;
}

function noteStorableKey(key: string): boolean {
  if (FORBIDDEN_KEYS.has(key) || !isStorableText(key)) return false;
  if (storableKeys.size < MAX_STORABLE_KEYS) storableKeys.add(key);
  return true;
}

function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

function canonicalValue(value: unknown, subject: string, path: string, depth: number): JsonValue {
  if (depth > MAX_DEPTH) throw refused(subject, path, `is nested deeper than ${MAX_DEPTH}`);
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw refused(subject, path, `must be finite; got ${value}`);
      return value + 0;
    case 'string':
      return requireStorableText(value, subject, path);
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) {
        return Array.from(value, (item: unknown, i) => canonicalValue(item, subject, `${path}[${i}]`, depth + 1));
      }
      if (isPlainObject(value)) return canonicalObject(value, subject, path, depth);
  }
  throw refused(subject, path, `must be plain data; got ${describe(value)}`);
}

function canonicalObject(value: object, subject: string, path: string, depth: number): JsonObject {
  const copy: Record<string, JsonValue> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    const at = path === '' ? key : `${path}.${key}`;
    if (FORBIDDEN_KEYS.has(key)) throw refused(subject, at, 'is a forbidden key');
    requireStorableText(key, subject, at);
    copy[key] = canonicalValue(inner, subject, at, depth + 1);
  }
  return copy;
}

function requireStorableText(text: string, subject: string, path: string): string {
  if (text.includes('\u0000')) throw refused(subject, path, 'must not contain a NUL character');
  if (!text.isWellFormed()) throw refused(subject, path, 'must not contain a lone surrogate');
  return text;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  const name: unknown = typeof value === 'object' && value !== null ? value.constructor?.name : undefined;
  return typeof name === 'string' && name !== '' ? name : typeof value;
}

function refused(subject: string, path: string, problem: string): InvalidInputError {
  return new InvalidInputError('INVALID_RECORD', `${path === '' ? subject : `${subject}: ${path}`} ${problem}`);
}
