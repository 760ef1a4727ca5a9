import { open } from 'node:fs/promises';
import { InvalidInputError, MlperfError } from '@mlperf/core';
import { Unzip, type UnzipFile, UnzipInflate, UnzipPassThrough } from 'fflate';

const PIECE = 65_536;

/**
 * Reads the entries of a ZIP file, which must be those named and no other, each once and no larger than allowed.
 * @param limits - The most bytes of each entry by its name.
 * @throws {@link InvalidInputError} `MODEL_FORMAT` for anything but such an archive, `TOO_LARGE` beyond the limits, both
 * before more than the limit has been unpacked; {@link MlperfError} `IO_FAILURE`.
 */
export async function readArchive(
  path: string,
  limits: Readonly<Record<string, number>>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const largest = Object.values(limits).reduce((sum, limit) => sum + limit, PIECE);
  const reader = new EntryReader(limits);
  for await (const piece of piecesOf(path, largest)) reader.push(piece);
  return reader.finish();
}

/** What a ZIP file ends with when it is whole and carries no comment: signature, then 18 bytes. */
const END_SIGNATURE = [0x50, 0x4b, 0x05, 0x06];
const END_BYTES = 22;

/** Collects the entries of an archive as its bytes come. */
class EntryReader {
  readonly #limits: Readonly<Record<string, number>>;
  readonly #unzip: Unzip;
  readonly #entries = new Map<string, { readonly chunks: Uint8Array[]; size: number; ended: boolean }>();
  #refusal: InvalidInputError | undefined;
  /** The last bytes seen. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(limits: Readonly<Record<string, number>>) {
    this.#limits = limits;
    this.#unzip = new Unzip((file) => this.#begin(file));
    this.#unzip.register(UnzipInflate);
    this.#unzip.register(UnzipPassThrough);
  }

  push(bytes: Uint8Array): void {
    this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-END_BYTES);
    try {
      this.#unzip.push(bytes);
    } catch (cause) {
      throw this.#refusal ?? damaged(cause);
    }
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  finish(): ReadonlyMap<string, Uint8Array> {
    if (END_SIGNATURE.some((byte, i) => this.#tail[i] !== byte)) throw damaged(undefined);
    try {
      this.#unzip.push(new Uint8Array(0), true);
    } catch (cause) {
      throw this.#refusal ?? damaged(cause);
    }
    const names = Object.keys(this.#limits);
    const missing = names.find((name) => this.#entries.get(name)?.ended !== true);
    if (missing !== undefined) throw refused(`it must hold all of '${missing}'; it does not`);
    return new Map(names.map((name) => [name, Buffer.concat(this.#entries.get(name)!.chunks)]));
  }

  #begin(file: UnzipFile): void {
    const limit = Object.hasOwn(this.#limits, file.name) ? this.#limits[file.name] : undefined;
    if (limit === undefined || this.#entries.has(file.name)) {
      const named = JSON.stringify(file.name.slice(0, 100));
      this.#refuse(refused(`it must hold ${Object.keys(this.#limits).join(' and ')}, each once; got ${named}`));
    }
    const entry = { chunks: [] as Uint8Array[], size: 0, ended: false };
    this.#entries.set(file.name, entry);
    file.ondata = (error, chunk, final) => {
      if (error !== null) this.#refuse(damaged(error));
      entry.size += chunk.length;
      if (entry.size > limit!) {
        this.#refuse(
          new InvalidInputError('TOO_LARGE', `'${file.name}' of an archive must have at most ${limit} bytes`),
        );
      }
      entry.chunks.push(chunk);
      entry.ended = final;
    };
    file.start();
  }

  /** Thrown through the unpacker, and kept in case it swallows it. */
  #refuse(refusal: InvalidInputError): never {
    this.#refusal ??= refusal;
    throw this.#refusal;
  }
}

async function* piecesOf(path: string, largest: number): AsyncGenerator<Uint8Array> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw refused(`'${path}' must be a file`);
    if (stat.size > largest) {
      throw new InvalidInputError('TOO_LARGE', `an archive must have at most ${largest} bytes; got ${stat.size}`);
    }
    for (let left = largest; ; ) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE), 0, PIECE).catch((cause: unknown) => {
        throw unreadable(path, cause);
      });
      if (bytesRead === 0) return;
      left -= bytesRead;
      if (left < 0) throw new InvalidInputError('TOO_LARGE', `an archive must have at most ${largest} bytes`);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function unreadable(path: string, cause: unknown): MlperfError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MlperfError('IO_FAILURE', `the archive '${path}' cannot be read: ${reason}`, { cause });
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError('MODEL_FORMAT', `model archive: ${problem}`);
}

function damaged(cause: unknown): InvalidInputError {
  return new InvalidInputError('MODEL_FORMAT', 'model archive: it must be a ZIP file; it is none, or damaged', {
    cause,
  });
}
