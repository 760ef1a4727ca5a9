import { InvalidInputError, type JsonObject, type Weighting } from '@mlperf/core';

/** Every member counts the same, whatever happens. What an ensemble does when it is given no rule. */
export const equalWeights: Weighting = {
  rule: { name: 'equal' },
  start: (members) => ({ members }),
  update: (state) => state,
  weights({ members }: JsonObject): Float64Array {
    if (typeof members === 'number' && Number.isInteger(members) && members >= 1) {
      return new Float64Array(members).fill(1 / members);
    }
    throw new InvalidInputError('INVALID_RECORD', 'a state of equal weights must hold the number of members');
  },
};
