import { InvalidInputError } from '../../errors.ts';
import { canonicalRecord } from '../../records/canonical.ts';
import {
  type Checker,
  describeValue,
  type FieldCheckers,
  isObject,
  listOf,
  refuseProblem,
  satisfying,
  shape,
} from '../../records/checker.ts';
import { direction } from '../../records/prediction.ts';
import { identifier, notNegative, timestamp, unitInterval, whole } from '../../records/scalar-checkers.ts';
import type { JsonObject } from '../../types/json.ts';
import type { ClassSpreads, EstimationReference } from './estimation-reference.ts';
import type { SamplingSpread } from './sampling-spread.ts';

const ESTIMATOR = 'cbpe';
const FORMAT_VERSION = 1;
const SUBJECT = 'stored performance estimator';

interface StoredEstimator {
  readonly estimator: string;
  readonly formatVersion: number;
  readonly modelVersionId: string;
  readonly calibrator: unknown;
  readonly reference: EstimationReference;
}

const spreadFields: FieldCheckers<SamplingSpread> = { variance: unitInterval, share: unitInterval };
const spread: Checker = shape(spreadFields);

const classSpreadFields: FieldCheckers<ClassSpreads> = {
  precision: spread,
  recall: spread,
  f1_score: spread,
  f1Stretch: notNegative,
  roc_auc: spread,
  lowest: unitInterval,
  highest: unitInterval,
};

const referenceFields: FieldCheckers<EstimationReference> = {
  classes: listOf(direction, 3),
  rows: whole(1),
  effectiveRows: satisfying('a number > 0', (value) => typeof value === 'number' && value > 0),
  from: timestamp,
  to: timestamp,
  accuracy: spread,
  spreads: listOf(shape(classSpreadFields), 3),
};

const fields: FieldCheckers<StoredEstimator> = {
  estimator: satisfying(`'${ESTIMATOR}'`, (value) => value === ESTIMATOR),
  formatVersion: satisfying(`${FORMAT_VERSION}, the one this release reads`, (value) => value === FORMAT_VERSION),
  modelVersionId: identifier,
  // Checked by the room it comes from.
  calibrator: satisfying('an object', isObject),
  reference: shape(referenceFields),
};

/** The stored form of an estimator. */
export function storedEstimator(
  modelVersionId: string,
  calibrator: JsonObject,
  reference: EstimationReference,
): JsonObject {
  return {
    ...{ estimator: ESTIMATOR, formatVersion: FORMAT_VERSION, modelVersionId, calibrator },
    reference: {
      ...reference,
      accuracy: { ...reference.accuracy },
      spreads: reference.spreads.map((spreads) => ({
        precision: { ...spreads.precision },
        recall: { ...spreads.recall },
        f1_score: { ...spreads.f1_score },
        f1Stretch: spreads.f1Stretch,
        roc_auc: { ...spreads.roc_auc },
        lowest: spreads.lowest,
        highest: spreads.highest,
      })),
    },
  };
}

/**
 * Opens the stored form of an estimator: a checked copy.
 * @throws {@link InvalidInputError} `INVALID_RECORD`.
 */
export function openStoredEstimator(json: unknown): StoredEstimator {
  const copy: unknown = canonicalRecord(json, SUBJECT);
  refuseProblem(shape(fields)(copy), SUBJECT, 'INVALID_RECORD');
  const stored = copy as StoredEstimator;
  const { classes, spreads, effectiveRows, rows } = stored.reference;
  const calibrated = isObject(stored.calibrator) ? stored.calibrator.classes : undefined;
  const agrees = Array.isArray(calibrated) && calibrated.join() === classes.join();
  if (agrees && classes.length >= 2 && spreads.length === classes.length && effectiveRows <= rows) return stored;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `${SUBJECT}: calibrator and reference must agree on two or three classes, with a spread for each; got ${describeValue(calibrated)}`,
  );
}
