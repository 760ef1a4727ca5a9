import { MlperfError } from '@mlperf/core';
import { namesProblem } from '../model-names.ts';
import { MAX_TEXT } from './limits.ts';

/** An object whose keys are known to be the expected ones; its values are not known yet. */
export type RawObject = Readonly<Record<string, unknown>>;

const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export function refusedModel(at: string, problem: string): MlperfError {
  return new MlperfError('MODEL_FORMAT', `model file: ${at} ${problem}`);
}

/** @throws {@link MlperfError} `MODEL_FORMAT` unless `value` is an object with exactly these keys. */
export function rawObject(value: unknown, at: string, keys: readonly string[]): RawObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusedModel(at, `must be an object; got ${kindOf(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (FORBIDDEN.has(key)) throw refusedModel(at, `must not have the key '${key}'`);
    if (!keys.includes(key)) throw refusedModel(at, `must have the keys ${keys.join(', ')}; got '${key}'`);
  }
  for (const key of keys) {
    if (!Object.hasOwn(value, key)) throw refusedModel(at, `must have the key '${key}'; it is absent`);
  }
  return Object.fromEntries(Object.entries(value));
}

export function rawArray(value: unknown, at: string, least: number, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw refusedModel(at, `must be an array; got ${kindOf(value)}`);
  if (value.length < least || value.length > most) {
    const expected = least === most ? `${least}` : `${least} to ${most}`;
    throw refusedModel(at, `must have ${expected} entries; got ${value.length}`);
  }
  return value;
}

export function rawNumber(value: unknown, at: string, low: number, high: number): number {
  if (typeof value !== 'number' || !(value >= low && value <= high)) {
    throw refusedModel(at, `must be a number from ${low} to ${high}; got ${describe(value)}`);
  }
  return value;
}

export function rawWhole(value: unknown, at: string, low: number, high: number): number {
  const whole = rawNumber(value, at, low, high);
  if (!Number.isInteger(whole)) throw refusedModel(at, `must be a whole number; got ${whole}`);
  return whole;
}

export function rawText(value: unknown, at: string, allowed: readonly string[]): string {
  if (typeof value !== 'string' || !allowed.includes(value)) {
    throw refusedModel(at, `must be '${allowed.join("' or '")}'; got ${describe(value)}`);
  }
  return value;
}

export function readTexts(value: unknown, at: string, least: number, most: number): readonly string[] {
  return rawArray(value, at, least, most).map((text, i) => readText(text, `${at}[${i}]`));
}

/** As {@link readTexts}, of texts that can be names of a model's classes or features. */
export function readNames(value: unknown, at: string, least: number, most: number): readonly string[] {
  const names = readTexts(value, at, least, most);
  const problem = namesProblem(names);
  if (problem !== undefined) throw refusedModel(at, problem);
  return names;
}

export function readText(value: unknown, at: string): string {
  if (typeof value !== 'string' || value.length > MAX_TEXT) {
    throw refusedModel(at, `must be a text of at most ${MAX_TEXT} characters`);
  }
  return value;
}

/** @throws {@link MlperfError} `MODEL_FORMAT` for bytes that are no JSON in UTF-8. */
export function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new MlperfError('MODEL_FORMAT', 'model file: the payload must be JSON in UTF-8', { cause });
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  return typeof value === 'number' ? `${value}` : kindOf(value);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
