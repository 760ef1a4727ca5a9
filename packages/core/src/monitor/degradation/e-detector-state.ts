import { InvalidInputError } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../types/json.ts';
import { beyondIdle, type Segment, type SegmentShape, segmentValue } from './segment-evidence.ts';

/** An e-detector between two outcomes. */
export interface EDetectorState {
  readonly leaveOut: number;
  /** Outcomes not weighed for want of room; 0 in a state that does not say. */
  readonly unwatched: number;
  /** Σ over segments of what is beyond the idle level. */
  readonly excess: number;
  /** Σ over segments of values above 0. */
  readonly sum: number;
  readonly segments: ReadonlyMap<string, Segment>;
}

/** What a stored state must fit. */
export interface EDetectorShape extends SegmentShape {
  readonly falseAlarmEvery: number;
  readonly idleLevel: number;
}

/** How far a running total may be from the sum of its parts by rounding, relative to the budget. */
const SUM_ERROR = 1e-6;

/**
 * Reads a stored state. Formats 1 (which knew no overlap) and 2 had the plain sum of segments for a statistic.
 * @throws {@link InvalidInputError} `INVALID_RECORD` if it is not a state of these alternatives, this overlap and
 * budget, or its totals are not what its segments come to.
 */
export function parseEDetectorState(stored: JsonValue | undefined, shape: EDetectorShape): EDetectorState {
  const given = isObject(stored) ? stored : {};
  const { formatVersion, segments } = given;
  const { unwatched = 0 } = given;
  const { labelOverlap, leaveOut } = formatVersion === 1 ? { labelOverlap: 1, leaveOut: 0 } : given;
  if (
    (formatVersion !== 1 && formatVersion !== 2 && formatVersion !== 3) ||
    labelOverlap !== shape.labelOverlap ||
    !isCount(leaveOut) ||
    leaveOut >= shape.labelOverlap ||
    !isCount(unwatched) ||
    !Array.isArray(segments)
  ) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `e-detector state must have formatVersion 1, 2 or 3, labelOverlap ${shape.labelOverlap}, leaveOut below it, ` +
        'and segments',
    );
  }
  const rows = new Map<string, Segment>();
  for (const row of segments as readonly JsonValue[]) {
    const [name, segment] = parseSegment(row, formatVersion, shape);
    if (rows.has(name)) {
      throw new InvalidInputError('INVALID_RECORD', `e-detector state must have each segment once; got ${name} twice`);
    }
    rows.set(name, segment);
  }
  const { excess, sum } = formatVersion === 3 ? storedTotals(given, rows, shape) : plainTotals(given, rows, shape);
  const statistic = excess + Math.min(shape.idleLevel, sum);
  if (!(statistic < shape.falseAlarmEvery)) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `e-detector statistic must be below ${shape.falseAlarmEvery}; got ${statistic}`,
    );
  }
  return { leaveOut, unwatched, excess, sum, segments: rows };
}

type Totals = Pick<EDetectorState, 'excess' | 'sum'>;

function storedTotals(given: JsonObject, rows: ReadonlyMap<string, Segment>, shape: EDetectorShape): Totals {
  const values: readonly JsonValue[] = Array.isArray(given.values) ? given.values : [];
  const held = Array.from(rows.values());
  held.forEach((segment, i) => {
    segment.value = requireNear('a value', values[i], segment.value, rows, shape);
  });
  const actual = totalsOf(held, shape);
  return {
    excess: requireNear('excess', given.excess, actual.excess, rows, shape),
    sum: requireNear('sum', given.sum, actual.sum, rows, shape),
  };
}

function plainTotals(given: JsonObject, rows: ReadonlyMap<string, Segment>, shape: EDetectorShape): Totals {
  const held = Array.from(rows.values());
  const plain = held.reduce((total, { value }) => total + value, 0);
  requireNear('statistic', given.statistic, plain, rows, shape);
  return totalsOf(held, shape);
}

function totalsOf(segments: readonly Segment[], { idleLevel }: EDetectorShape): Totals {
  let excess = 0;
  let sum = 0;
  for (const { value } of segments) {
    excess += beyondIdle(value, idleLevel);
    sum += Math.max(0, value);
  }
  return { excess, sum };
}

function requireNear(
  name: string,
  stored: JsonValue | undefined,
  actual: number,
  rows: ReadonlyMap<string, Segment>,
  shape: EDetectorShape,
): number {
  const error = SUM_ERROR * (shape.falseAlarmEvery + rows.size * shape.labelOverlap);
  if (typeof stored === 'number' && Math.abs(stored - actual) <= error) return stored;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `e-detector ${name} must be what its segments come to, ${actual}; got ${String(stored)}`,
  );
}

function parseSegment(row: JsonValue, formatVersion: 1 | 2 | 3, shape: EDetectorShape): readonly [string, Segment] {
  const [name, ...rest] = Array.isArray(row) ? (row as readonly JsonValue[]) : [];
  const newest = formatVersion === 1 ? -1 : rest.shift();
  const values = shape.weights.length * shape.labelOverlap;
  if (
    typeof name !== 'string' ||
    typeof newest !== 'number' ||
    !Number.isInteger(newest) ||
    newest < -shape.labelOverlap ||
    newest >= shape.labelOverlap ||
    rest.length !== values ||
    !rest.every(isEvidence)
  ) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `e-detector segment must be a name, its newest row and ${values} values ≥ 0; got ${JSON.stringify(row)}`,
    );
  }
  const read = { newest, evidence: Float64Array.from(rest) };
  return [name, { ...read, value: segmentValue(read, shape) }];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEvidence(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
