const DIRECTIONS: ReadonlySet<string> = new Set(['up', 'down', 'flat']);

/** Why classes cannot be served as directions, in words; `undefined` for `up`, `down` and perhaps `flat`. */
export function describeUnservable(classes: readonly string[]): string | undefined {
  const isServable =
    classes.includes('up') && classes.includes('down') && classes.every((name) => DIRECTIONS.has(name));
  return isServable ? undefined : `classes must be up, down and perhaps flat; got ${classes.join(', ') || 'none'}`;
}
