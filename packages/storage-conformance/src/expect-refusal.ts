import assert from 'node:assert/strict';
import { type ErrorCode, MlperfError } from '@mlperf/core';

/** The refusal of a call: a typed error with one of these codes, and a message for people. */
export async function expectRefusal(call: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<MlperfError> {
  const error: unknown = await call.then(
    () => assert.fail(`the call must be refused with ${codes.join(' or ')}; it was accepted`),
    (reason: unknown) => reason,
  );
  if (error instanceof assert.AssertionError) throw error;
  if (!MlperfError.is(error)) {
    throw new assert.AssertionError({
      message: `a refusal must be an MlperfError; got ${String(error)}`,
      actual: error,
    });
  }
  assert.ok(
    codes.includes(error.code),
    `must be refused with ${codes.join(' or ')}; got ${error.code}: ${error.message}`,
  );
  assert.ok(error.message.length > 0, 'a refusal must say what was expected and what came');
  return error;
}
