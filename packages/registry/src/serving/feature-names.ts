/**
 * How two lists of names differ, in words; `undefined` when they are the same in the same order.
 * @param subject - What the names are, plural, such as `features`.
 * @example describeNameDifference('features', ['a', 'b'], ['b', 'c']); // "features must be those expected: missing a; unexpected c"
 */
export function describeNameDifference(
  subject: string,
  expected: readonly string[],
  got: readonly string[],
): string | undefined {
  const missing = expected.filter((name) => !got.includes(name));
  const unexpected = got.filter((name) => !expected.includes(name));
  if (missing.length > 0 || unexpected.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`missing ${shortList(missing)}`] : []),
      ...(unexpected.length > 0 ? [`unexpected ${shortList(unexpected)}`] : []),
    ];
    return `${subject} must be those expected: ${parts.join('; ')}`;
  }
  if (expected.length !== got.length) return `${subject} must be ${expected.length}; got ${got.length}`;
  const at = expected.findIndex((name, i) => name !== got[i]);
  if (at < 0) return undefined;
  return `${subject} must be in the order expected: number ${at + 1} must be ${expected[at]}; got ${got[at]}`;
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
