import { rawArray, rawText, refusedModel } from '../../random-forest/raw-value.ts';
import { configOf } from './layer-config.ts';

/**
 * The arrays of a weights manifest, by their names without the name of a cell (`lstm/lstm_cell/kernel` is
 * `lstm/kernel`, as tfjs reads it).
 *
 * @param expected - Name and shape of each array: no other may be there, none may be missing.
 * @throws {@link MlperfError} `MODEL_FORMAT` before memory is taken for arrays that do not fit the bytes or the shapes,
 * and for a weight that is not finite.
 */
export function readWeights(
  manifest: unknown,
  bytes: Uint8Array,
  expected: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, Float32Array> {
  const entries = rawArray(manifest, 'weightsManifest', 1, expected.size).flatMap((group, g) =>
    rawArray(configOf(group, `weightsManifest[${g}]`).weights, `weightsManifest[${g}].weights`, 0, expected.size),
  );
  const places = new Map<string, number>();
  let end = 0;
  for (const value of entries) {
    const entry = configOf(value, 'a weight');
    const name = expectedName(entry.name, expected);
    const at = `weight '${name}'`;
    if (places.has(name)) throw refusedModel(at, 'must be there once; got it twice');
    rawText(entry.dtype, `${at} dtype`, ['float32']);
    if (entry.quantization !== undefined) throw refusedModel(`${at} quantization`, 'is not supported');
    const shape = expected.get(name)!;
    const stated = rawArray(entry.shape, `${at} shape`, shape.length, shape.length);
    if (stated.some((size, i) => size !== shape[i])) {
      throw refusedModel(`${at} shape`, `must be ${shape.join(' × ')}; got ${stated.map(String).join(' × ')}`);
    }
    places.set(name, end);
    end += 4 * countOf(shape);
  }
  for (const name of expected.keys()) {
    if (!places.has(name)) throw refusedModel(`weight '${name}'`, 'must be in the manifest; it is absent');
  }
  if (end !== bytes.length) throw refusedModel('weights', `must have ${end} bytes; got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Map([...places].map(([name, at]) => [name, readFloats(view, at, countOf(expected.get(name)!), name)]));
}

function readFloats(view: DataView, at: number, count: number, name: string): Float32Array {
  const floats = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = view.getFloat32(at + 4 * i, true);
    if (!Number.isFinite(value)) throw refusedModel(`weight '${name}'`, `must be finite; got ${value} at ${i}`);
    floats[i] = value;
  }
  return floats;
}

function expectedName(name: unknown, expected: ReadonlyMap<string, unknown>): string {
  if (typeof name !== 'string' || name.length > MAX_NAME) throw refusedModel('a weight', 'must have a name');
  if (expected.has(name)) return name;
  const parts = name.split('/');
  const withoutCell = [...parts.slice(0, -2), ...parts.slice(-1)].join('/');
  if (expected.has(withoutCell)) return withoutCell;
  throw refusedModel('weightsManifest', `must name the weights ${[...expected.keys()].join(', ')}; got '${name}'`);
}

const MAX_NAME = 2000;

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
