import { readFile, stat } from 'node:fs/promises';
import { parseDocument, type YAMLError } from 'yaml';
import { InvalidInputError, MlperfError } from '../errors.ts';
import { type MlConfig, parseMlConfig } from './ml-config.ts';

const LARGEST_FILE_BYTES = 1_048_576;

/**
 * Reads the `ml` key of a YAML (or JSON) file, checks it and fills in defaults. Other keys are the host's own.
 *
 * @param path - A file of at most 1 MiB, UTF-8.
 * @throws {@link MlperfError} `IO_FAILURE` when the file cannot be read; {@link InvalidInputError} `TOO_LARGE`, or
 * `INVALID_CONFIG` for bad YAML (with line and column), a missing `ml` key or a refused value (with its path).
 * @remarks YAML 1.2 core schema: no custom tags, no merge keys, no duplicate keys, at most 100 alias expansions.
 * @example const { performanceMonitoring } = await loadMlConfig('config.yaml');
 */
export async function loadMlConfig(path: string): Promise<MlConfig> {
  const root = parseYaml(path, await readText(path));
  if (typeof root !== 'object' || root === null || Array.isArray(root) || !Object.hasOwn(root, 'ml')) {
    throw new InvalidInputError('INVALID_CONFIG', `${path} must have a top-level key ml; got ${describeRoot(root)}`);
  }
  try {
    return parseMlConfig('ml' in root ? root.ml : undefined);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE_BYTES) {
      throw new InvalidInputError('TOO_LARGE', `${path} must be at most ${LARGEST_FILE_BYTES} bytes; got ${size}`);
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (MlperfError.is(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MlperfError('IO_FAILURE', `${path} cannot be read: ${reason}`, { cause: error });
  }
}

function parseYaml(path: string, text: string): unknown {
  const document = parseDocument(text);
  // A warning, such as an unknown tag, means that a value is not what its author meant.
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) throw invalidYaml(path, problem.message, positionOf(problem), problem);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalidYaml(path, error instanceof Error ? error.message : String(error), '', error);
  }
}

function positionOf(problem: YAMLError): string {
  const start = problem.linePos?.[0];
  return start ? ` at line ${start.line}, column ${start.col}` : '';
}

function invalidYaml(path: string, reason: string, position: string, cause: unknown): InvalidInputError {
  const [firstLine] = reason.split('\n');
  return new InvalidInputError('INVALID_CONFIG', `${path} must be valid YAML; got an error${position}: ${firstLine}`, {
    cause,
  });
}

function describeRoot(root: unknown): string {
  if (root === null || root === undefined) return 'an empty file';
  if (Array.isArray(root)) return 'a list';
  if (typeof root !== 'object') return `a ${typeof root}`;
  const keys = Object.keys(root);
  return keys.length === 0 ? 'no keys' : `keys ${keys.slice(0, 10).join(', ')}`;
}
