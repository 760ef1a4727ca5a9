import { InvalidInputError } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../types/json.ts';

/** The evidence of one segment: one row of alternatives for each of the labels that overlap, used in turn. */
export interface Segment {
  readonly evidence: Float64Array;
  /** The row of the newest outcome; below 0 before the first that counts: −1 − outcomes still to be left out. */
  newest: number;
}

/** An e-detector between two outcomes. */
export interface EDetectorState {
  readonly leaveOut: number;
  readonly statistic: number;
  readonly segments: ReadonlyMap<string, Segment>;
}

/** What a stored state must fit. */
export interface EDetectorShape {
  readonly labelOverlap: number;
  /** Of all streams together. */
  readonly alternatives: number;
}

/**
 * Reads a stored state, formats 1 (which knew no overlap) and 2.
 * @throws {@link InvalidInputError} `INVALID_RECORD` if it is not a state of these alternatives and this overlap.
 */
export function parseEDetectorState(stored: JsonValue | undefined, shape: EDetectorShape): EDetectorState {
  const given = isObject(stored) ? stored : {};
  const { formatVersion, statistic, segments } = given;
  const { labelOverlap, leaveOut } = formatVersion === 1 ? { labelOverlap: 1, leaveOut: 0 } : given;
  if (
    (formatVersion !== 1 && formatVersion !== 2) ||
    labelOverlap !== shape.labelOverlap ||
    !isCount(leaveOut) ||
    leaveOut >= shape.labelOverlap ||
    typeof statistic !== 'number' ||
    !Array.isArray(segments)
  ) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `e-detector state must have formatVersion 1 or 2, labelOverlap ${shape.labelOverlap}, leaveOut below it, ` +
        'statistic and segments',
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
  return { leaveOut, statistic, segments: rows };
}

function parseSegment(row: JsonValue, formatVersion: 1 | 2, shape: EDetectorShape): readonly [string, Segment] {
  const [name, ...rest] = Array.isArray(row) ? (row as readonly JsonValue[]) : [];
  const newest = formatVersion === 1 ? -1 : rest.shift();
  const values = shape.alternatives * shape.labelOverlap;
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
  return [name, { newest, evidence: Float64Array.from(rest) }];
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
