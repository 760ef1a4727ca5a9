import { ConflictError } from '../errors.ts';
import type { JsonObject } from '../types/json.ts';
import { constraintsOf } from './constraints.ts';
import type { Dimension, SearchSpace } from './search-space.ts';
import { isOnStep } from './steps.ts';
import { serializeConstraint, serializeDimension } from './stored-space.ts';

/** What a resumed study may search beyond what it searched before. Plain data, to be recorded with the study. */
export interface SpaceChange {
  readonly parameter: string;
  readonly change: 'range-widened' | 'choices-appended';
  /** The dimensions as {@link serializeSpace} writes them. */
  readonly from: JsonObject;
  readonly to: JsonObject;
}

/**
 * What changed from the space a study was begun with: ranges widened and choices appended. Every point of `before` is
 * then a point of `after`, so that what was tried keeps its meaning.
 *
 * @returns none for equal spaces.
 * @throws {@link ConflictError} `CONFLICT` naming every other difference: a parameter gone or new, another type, scale,
 * step or condition, a range narrowed or moved off its steps, choices dropped or reordered, other constraints.
 * @example spaceChanges(defineSpace({ depth: int(2, 8) }), defineSpace({ depth: int(2, 12) }));
 */
export function spaceChanges(before: SearchSpace, after: SearchSpace): readonly SpaceChange[] {
  const changes: SpaceChange[] = [];
  const differences: string[] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const stored = Object.hasOwn(before, name) ? before[name] : undefined;
    const wanted = Object.hasOwn(after, name) ? after[name] : undefined;
    if (stored === undefined || wanted === undefined) {
      differences.push(`'${name}' is ${stored === undefined ? 'new' : 'gone'}`);
      continue;
    }
    const from = serializeDimension(stored);
    const to = serializeDimension(wanted);
    if (text(from) === text(to)) continue;
    const change = permittedChange(stored, wanted);
    if (change === undefined) differences.push(`'${name}' was ${text(from)}, is ${text(to)}`);
    else changes.push({ parameter: name, change, from, to });
  }
  const constraints = (space: SearchSpace) => constraintsOf(space).map(serializeConstraint).map(text).sort().join(', ');
  if (constraints(before) !== constraints(after)) {
    differences.push(`constraints were [${constraints(before)}], are [${constraints(after)}]`);
  }
  if (differences.length > 0) {
    throw new ConflictError(
      `a space may only get wider ranges and more choices when its study goes on; ${differences.join('; ')}`,
    );
  }
  return changes;
}

function permittedChange(before: Dimension, after: Dimension): SpaceChange['change'] | undefined {
  if (JSON.stringify(serializeDimension(before).when) !== JSON.stringify(serializeDimension(after).when))
    return undefined;
  if (before.type === 'categorical' && after.type === 'categorical') {
    return before.choices.every((choice, i) => after.choices[i] === choice) ? 'choices-appended' : undefined;
  }
  if (before.type === 'boolean' || after.type === 'boolean') return undefined;
  if (before.type === 'categorical' || after.type === 'categorical') return undefined;
  if (before.type !== after.type || (before.log === true) !== (after.log === true)) return undefined;
  if (after.low > before.low || after.high < before.high) return undefined;
  const [step, stepAfter] = [stepOf(before), stepOf(after)];
  if (step !== stepAfter) return undefined;
  return step === undefined || isOnStep(after, step, before.low) ? 'range-widened' : undefined;
}

function stepOf(dimension: Exclude<Dimension, { type: 'categorical' | 'boolean' }>): number | undefined {
  return dimension.step ?? (dimension.type === 'int' ? 1 : undefined);
}

/** Serialised dimensions have one order of their fields: equal texts, equal content. */
function text(data: JsonObject): string {
  return JSON.stringify(data);
}
