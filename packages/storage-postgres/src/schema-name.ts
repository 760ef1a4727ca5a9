import { InvalidInputError } from '@mlperf/core';

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * A schema's name that means the same quoted and unquoted, and no schema of Postgres itself.
 * @throws {@link InvalidInputError} `INVALID_CONFIG` for any other.
 */
export function requireSchemaName(name: string): string {
  if (typeof name !== 'string' || !NAME.test(name) || name.startsWith('pg_') || name === 'information_schema') {
    throw new InvalidInputError(
      'INVALID_CONFIG',
      `schema must be 1 to 63 of a-z, 0-9 and _, begin with no digit nor pg_, and not be information_schema; got ${JSON.stringify(name)}`,
    );
  }
  return name;
}
