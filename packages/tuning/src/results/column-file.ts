import { canonicalJson, type JsonObject, StorageError } from '@mlperf/core';

/** `MLPC`: numbers in columns. */
const MAGIC = 0x4d4c_5043;
const PREAMBLE_BYTES = 8;

export type Column = Float64Array | Float32Array | Uint32Array;

/** A table of numbers with a header of plain data. */
export interface ColumnFile {
  readonly header: JsonObject;
  readonly columns: Readonly<Record<string, Column>>;
}

type ColumnType = 'float64' | 'float32' | 'uint32';

const BYTES: Readonly<Record<ColumnType, number>> = { float64: 8, float32: 4, uint32: 4 };

interface Described {
  readonly header: JsonObject;
  readonly layout: readonly { readonly name: string; readonly type: ColumnType; readonly length: number }[];
}

/**
 * The bytes of a table: magic, header length (uint32), header as canonical JSON in UTF-8, then the columns one after
 * another. Little-endian on every machine: equal tables are equal bytes, and their hash is their name.
 */
export function encodeColumns({ header, columns }: ColumnFile): Uint8Array {
  const layout = Object.entries(columns).map(([name, column]) => ({
    name,
    type: typeOf(column),
    length: column.length,
  }));
  const head = new TextEncoder().encode(canonicalJson({ header, layout }));
  const size = layout.reduce((sum, { type, length }) => sum + BYTES[type] * length, 0);
  const bytes = new Uint8Array(PREAMBLE_BYTES + head.length + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, head.length, true);
  bytes.set(head, PREAMBLE_BYTES);
  let at = PREAMBLE_BYTES + head.length;
  for (const column of Object.values(columns)) {
    const type = typeOf(column);
    for (const value of column) {
      if (type === 'float64') view.setFloat64(at, value, true);
      else if (type === 'float32') view.setFloat32(at, value, true);
      else view.setUint32(at, value, true);
      at += BYTES[type];
    }
  }
  return bytes;
}

/** @throws {@link StorageError} `ARTIFACT_CORRUPT` for bytes that {@link encodeColumns} does not write. */
export function decodeColumns(bytes: Uint8Array): ColumnFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREAMBLE_BYTES || view.getUint32(0) !== MAGIC) throw corrupt('begin with its magic number');
  const start = PREAMBLE_BYTES + view.getUint32(4, true);
  const { header, layout } = describedIn(bytes.subarray(PREAMBLE_BYTES, start));
  const size = layout.reduce((sum, { type, length }) => sum + BYTES[type] * length, start);
  if (size !== bytes.length) throw corrupt(`have ${size} bytes; it has ${bytes.length}`);
  const columns: Record<string, Column> = {};
  let at = start;
  for (const { name, type, length } of layout) {
    const from = at;
    at += BYTES[type] * length;
    const read = (i: number) => {
      const offset = from + i * BYTES[type];
      if (type === 'float64') return view.getFloat64(offset, true);
      return type === 'float32' ? view.getFloat32(offset, true) : view.getUint32(offset, true);
    };
    const column = emptyOf(type, length);
    for (let i = 0; i < length; i++) column[i] = read(i);
    columns[name] = column;
  }
  return { header, columns };
}

/** The column of that name. @throws {@link StorageError} `ARTIFACT_CORRUPT` when there is none, or of another type. */
export function requireColumn<C extends Column>(
  { columns }: ColumnFile,
  name: string,
  type: new (length: number) => C,
): C {
  const column = columns[name];
  if (column instanceof type) return column;
  throw corrupt(`have a column '${name}' of ${type.name}; it has ${column?.constructor.name ?? 'none'}`);
}

/** @throws {@link StorageError} `ARTIFACT_CORRUPT` unless the header is of that format. */
export function requireFormat({ header }: ColumnFile, format: string): void {
  if (header.format !== format) throw corrupt(`be in format ${format}; it is in ${String(header.format)}`);
}

function describedIn(head: Uint8Array): Described {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(head)) as Described;
  } catch (cause) {
    throw corrupt('have a readable header', cause);
  }
}

function typeOf(column: Column): ColumnType {
  if (column instanceof Float64Array) return 'float64';
  return column instanceof Float32Array ? 'float32' : 'uint32';
}

function emptyOf(type: ColumnType, length: number): Column {
  if (type === 'float64') return new Float64Array(length);
  return type === 'float32' ? new Float32Array(length) : new Uint32Array(length);
}

function corrupt(expectation: string, cause?: unknown): StorageError {
  return new StorageError('ARTIFACT_CORRUPT', `an artifact of a study must ${expectation}`, { cause });
}
