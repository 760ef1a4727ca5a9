/**
 * Why names of classes or features cannot be a model's, or `undefined`: they are keys of records, so each must be there
 * once, have a character, and not be `__proto__`.
 */
export function namesProblem(names: readonly string[]): string | undefined {
  const bad = names.find((name) => name === '' || name === '__proto__');
  if (bad !== undefined) return `must not hold '${bad}'`;
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return `must be unique; got '${name.slice(0, 40)}' twice`;
    seen.add(name);
  }
  return undefined;
}
