import { canonicalRecord, InvalidInputError, MlperfError } from '@mlperf/core';
import { requireLineage } from './model-lineage.ts';

const MOST = 1_000;
const BOUNDS: ReadonlySet<string> = new Set(['atLeast', 'atMost']);

/** What each part must be; the store checks the values of what it narrows by once more. */
const PARTS: ReadonlyMap<string, (value: unknown, part: string) => void> = new Map([
  ['modelName', requireText],
  ['modelType', requireText],
  ['status', requireText],
  ['trainedFrom', requireNumber],
  ['trainedTo', requireNumber],
  ['dataVersion', requireText],
  ['tags', requireTags],
  ['trainingMetrics', requireMetrics],
  ['hyperparameters', requireHyperparameters],
  ['lineage', requireLineagePart],
]);

/** @throws {@link InvalidInputError} `INVALID_QUERY` naming the part, what was expected and what came. */
export function requireSearch(search: unknown, limit: unknown): void {
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw refused(`limit must be a whole number from 1 to ${MOST}; got ${described(limit)}`);
  }
  for (const [part, value] of Object.entries(requireObject(search, 'the whole'))) {
    const requirePart = PARTS.get(part);
    if (requirePart === undefined) throw refused(`model search: '${part}' is no known part of it`);
    if (value !== undefined) requirePart(value, part);
  }
}

function requireTags(tags: unknown, part: string): void {
  for (const [tag, wanted] of Object.entries(requireObject(tags, part))) requireText(wanted, `${part}.${tag}`);
}

function requireMetrics(metrics: unknown, part: string): void {
  for (const [name, bounds] of Object.entries(requireObject(metrics, part))) requireBounds(bounds, `${part}.${name}`);
}

function requireHyperparameters(value: unknown, part: string): void {
  retold(() => void canonicalRecord(requireObject(value, part), part));
}

function requireLineagePart(value: unknown, part: string): void {
  retold(() => void requireLineage(requireObject(value, part)));
}

function requireBounds(value: unknown, part: string): void {
  const bounds = requireObject(value, part);
  const unknown = Object.keys(bounds).find((key) => !BOUNDS.has(key));
  if (unknown !== undefined) throw refused(`model search: ${part} takes atLeast and atMost; got '${unknown}'`);
  for (const [key, bound] of Object.entries(bounds)) {
    if (bound !== undefined) requireNumber(bound, `${part}.${key}`);
  }
  const { atLeast, atMost } = bounds;
  if (Number(atLeast) > Number(atMost)) {
    throw refused(`model search: ${part}.atLeast must be at most atMost; got ${atLeast} and ${atMost}`);
  }
}

function requireText(value: unknown, part: string): void {
  if (typeof value !== 'string') throw refused(`model search: ${part} must be text; got ${described(value)}`);
}

function requireNumber(value: unknown, part: string): void {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  throw refused(`model search: ${part} must be a finite number; got ${described(value)}`);
}

function requireObject(value: unknown, part: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw refused(`model search: ${part} must be an object; got ${described(value)}`);
}

/** What is wrong with a record is wrong with the search for one. */
function retold(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!MlperfError.is(error)) throw error;
    throw new InvalidInputError('INVALID_QUERY', `model search: ${error.message}`, { cause: error });
  }
}

function described(value: unknown): string {
  if (value === null || typeof value === 'number') return String(value);
  return Array.isArray(value) ? 'a list' : value === undefined ? 'nothing' : typeof value;
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError('INVALID_QUERY', problem);
}
