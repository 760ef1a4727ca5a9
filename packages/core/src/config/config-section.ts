import { defaulted, type Failure, object, optional, type Struct, validate } from 'superstruct';
import { InvalidInputError } from '../errors.ts';
import { type ConfigFields, showValue } from './config-field.ts';
import { nearestName } from './nearest-name.ts';

/** A section of the configuration: its path, such as `ml.retraining`, and its fields. */
export interface ConfigSection<Section extends object> {
  readonly path: string;
  readonly fields: ConfigFields<Section>;
  /** Defaults that depend on what was given; called with what the host wrote, nothing of it checked yet. */
  readonly derivedDefaults?: (given: { readonly [Name in keyof Section]?: unknown }) => Partial<Section>;
  /** Conditions between fields, in words; called with every field valid and defaulted. */
  readonly conflicts?: (section: Section) => readonly string[];
}

/**
 * Fills in the defaults of a section and refuses what it must not hold.
 *
 * @param given - What the host wrote; a field that is `undefined` counts as left out.
 * @returns A new frozen object with every default filled in; optional fields left out stay absent.
 * @throws {@link InvalidInputError} `INVALID_CONFIG`, naming every refused field by its path.
 */
export function resolveSection<Section extends object>(section: ConfigSection<Section>, given: unknown): Section {
  const { resolved, problems } = examineSection(section, given);
  if (resolved === undefined) throw invalidConfig(problems);
  return resolved;
}

/** The section as resolved, or what is wrong with it. */
export function examineSection<Section extends object>(
  section: ConfigSection<Section>,
  given: unknown,
): { readonly resolved?: Section; readonly problems: readonly string[] } {
  const [error, value] = validate(withDerivedDefaults(section, given), structOf<Section>(section.fields), {
    coerce: true,
  });
  if (error) return { problems: describeFailures(section.path, Object.keys(section.fields), error.failures()) };
  const resolved = Object.freeze(value);
  const problems = section.conflicts?.(resolved) ?? [];
  return problems.length > 0 ? { problems } : { resolved, problems };
}

export function invalidConfig(problems: readonly string[]): InvalidInputError {
  return new InvalidInputError('INVALID_CONFIG', problems.join('\n'));
}

/** What is wrong below `path`, whose known keys are `names`, in words. */
export function describeFailures(
  path: string,
  names: readonly string[],
  failures: readonly Failure[],
): readonly string[] {
  const whole = failures.find((failure) => failure.path.length === 0);
  if (whole) return [`${path} must be a mapping of fields; got ${showValue(whole.value)}`];
  return failures.map((failure) => {
    const name = String(failure.path[0]);
    if (names.includes(name)) return `${path}.${name} ${failure.message}`;
    const nearest = nearestName(name, names);
    const advice = nearest === undefined ? `known are ${names.join(', ')}` : `did you mean ${nearest}?`;
    return `${path}.${name} is not a known field; ${advice}`;
  });
}

function withDerivedDefaults<Section extends object>(section: ConfigSection<Section>, given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  const written = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...section.derivedDefaults?.(written as { readonly [Name in keyof Section]?: unknown }), ...written };
}

function structOf<Section extends object>(fields: ConfigFields<Section>): Struct<Section, unknown> {
  const names = Object.keys(fields) as (keyof Section & string)[];
  const structs = names.map((name) => {
    const { struct, fallback } = fields[name];
    return [name, fallback === undefined ? optional(struct) : defaulted(struct, fallback)];
  });
  return object(Object.fromEntries(structs)) as Struct<Section, unknown>;
}
