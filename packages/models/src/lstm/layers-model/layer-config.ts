import { refusedModel } from '../../random-forest/raw-value.ts';

/** A configuration object of a layer: what is not asked for does not change a prediction. */
export type ConfigField = Readonly<Record<string, unknown>>;

const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * @throws {@link MlperfError} `MODEL_FORMAT` when a key anywhere in the value is `__proto__`, `constructor` or
 * `prototype`.
 * @remarks Without recursion: depth costs no stack.
 */
export function requirePlainKeys(value: unknown): void {
  const open: unknown[] = [value];
  for (let item = open.pop(); open.length > 0 || item !== undefined; item = open.pop()) {
    if (typeof item !== 'object' || item === null) continue;
    for (const [key, inner] of Object.entries(item)) {
      if (FORBIDDEN.has(key)) throw refusedModel('model.json', `must not have the key '${key}'`);
      if (typeof inner === 'object' && inner !== null) open.push(inner);
    }
  }
}

export function configOf(value: unknown, at: string): ConfigField {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusedModel(at, `must be an object; got ${value === null ? 'null' : typeof value}`);
  }
  return Object.fromEntries(Object.entries(value));
}

export function configField(value: unknown, key: string, at: string): unknown {
  const config = configOf(value, at);
  if (!Object.hasOwn(config, key)) throw refusedModel(at, `must have the key '${key}'; it is absent`);
  return config[key];
}

/** An absent or null flag is false, but `use_bias`, which Keras sets where it is absent. */
export function configFlag(config: ConfigField, key: string, at: string, expected: boolean): void {
  const value = config[key] ?? key === 'use_bias';
  if (value !== expected) throw refusedModel(`${at} ${key}`, `must be ${expected}; got ${String(value)}`);
}
