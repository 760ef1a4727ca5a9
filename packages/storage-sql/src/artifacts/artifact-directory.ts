import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, mkdtemp, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type ArtifactRef, InvalidInputError, MlperfError, StorageError } from '@mlperf/core';
import { PIECE_BYTES, UNFINISHED_GRACE_MS } from './limits.ts';

const PARTIAL = '.partial-';
const CONTENT = 'content';
const NAME = /^[0-9a-f]{64}$/;
/** Its owner's alone: a model may be worth stealing. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** A whole file on the disk, of which nobody knows yet. */
export interface ArtifactDraft {
  readonly artifact: ArtifactRef;
  /** Gives it the name under which it is read. */
  publish(): Promise<void>;
  /** Removes what is left of it; a published one stays. */
  discard(): Promise<void>;
}

/**
 * Files named by the hash of their bytes, in one of 256 folders. A file gets its name when it is whole and on the disk,
 * so that one of that name is never half of one. Hosts that share the database must share the directory.
 */
export class ArtifactDirectory {
  readonly #path: string;

  /** Makes the directory if it is not there. @throws {@link StorageError} `STORAGE_FAILURE`. */
  static async open(path: string): Promise<ArtifactDirectory> {
    const directory = requirePath(path);
    await translated(`cannot use '${directory}' for artifacts`, () =>
      mkdir(directory, { recursive: true, mode: FOLDER_MODE }),
    );
    return new ArtifactDirectory(directory);
  }

  /** One that is there, for reading. @throws {@link StorageError} `STORAGE_FAILURE` where there is none. */
  static async existing(path: string): Promise<ArtifactDirectory> {
    const directory = requirePath(path);
    const found = await stat(directory).catch(() => undefined);
    if (found?.isDirectory() !== true) {
      throw new StorageError('STORAGE_FAILURE', `'${directory}' must be the directory of the artifacts; there is none`);
    }
    return new ArtifactDirectory(directory);
  }

  private constructor(path: string) {
    this.#path = path;
  }

  /** Writes and syncs a file that has no name yet. @param maxBytes - More is `TOO_LARGE`, and nothing is left. */
  draft(content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<ArtifactDraft> {
    return translated('cannot write an artifact', async () => {
      const partial = await mkdtemp(join(this.#path, PARTIAL));
      const discard = () => rm(partial, { recursive: true, force: true });
      try {
        const artifact = await writeFile(join(partial, CONTENT), content, maxBytes);
        return { artifact, publish: () => this.#publish(partial, artifact.sha256), discard };
      } catch (error) {
        await discard();
        throw error;
      }
    });
  }

  async #publish(partial: string, sha256: string): Promise<void> {
    await translated('cannot name an artifact', async () => {
      const path = this.#pathOf(sha256);
      await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
      await requireOwnPlace(path);
      await rename(join(partial, CONTENT), path);
      await syncFolder(dirname(path));
      await syncFolder(this.#path);
    });
  }

  /**
   * The bytes piece by piece.
   * @throws {@link StorageError} `ARTIFACT_CORRUPT` with the first piece for a file that is gone, is no plain file or has
   * another length; at the end for other bytes.
   */
  async *read({ sha256, bytes }: ArtifactRef): AsyncGenerator<Uint8Array> {
    // Opened with the first piece: a stream that nobody reads holds no file.
    const file = await this.#open(sha256);
    const hash = createHash('sha256');
    try {
      const found = await file.stat();
      if (!found.isFile() || found.size !== bytes) {
        throw corrupt(sha256, `must be a file of ${bytes} bytes; it has ${found.size}`);
      }
      for (;;) {
        const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(PIECE_BYTES) });
        if (bytesRead === 0) break;
        const piece = buffer.subarray(0, bytesRead);
        hash.update(piece);
        yield piece;
      }
    } finally {
      await file.close();
    }
    const actual = hash.digest('hex');
    if (actual !== sha256) throw corrupt(sha256, `must have that hash; its file has ${actual}`);
  }

  async remove(sha256: string): Promise<void> {
    await translated('cannot remove an artifact', async () => {
      const path = this.#pathOf(sha256);
      await requireOwnPlace(path);
      await rm(path, { force: true });
    });
  }

  /** The time by the clock that dates the files, epoch milliseconds. */
  now(): Promise<number> {
    return translated('cannot write an artifact', async () => {
      const probe = await mkdtemp(join(this.#path, PARTIAL));
      try {
        return (await lstat(probe)).mtimeMs;
      } finally {
        await rm(probe, { recursive: true, force: true });
      }
    });
  }

  /** Removes the file of that hash unless it was written, or written again, since. */
  async removeBefore(sha256: string, before: number): Promise<void> {
    const path = this.#pathOf(sha256);
    await translated('cannot remove an artifact', async () => {
      await requireOwnPlace(path);
      const writtenAt = await writtenAtOf(path);
      if (writtenAt !== undefined && writtenAt < before) await rm(path, { force: true });
    });
  }

  /**
   * Files written before a time, by {@link now}: their hashes, in batches. Drafts that nobody has written to for an hour
   * before it are removed.
   */
  async *listBefore(before: number): AsyncGenerator<readonly string[]> {
    for await (const folder of await opendir(this.#path)) {
      const path = join(this.#path, folder.name);
      if (folder.name.startsWith(PARTIAL)) await removeDraft(path, before - UNFINISHED_GRACE_MS);
      if (!folder.isDirectory() || !/^[0-9a-f]{2}$/.test(folder.name)) continue;
      const names: string[] = [];
      for await (const file of await opendir(path)) {
        if (!NAME.test(file.name)) continue;
        const writtenAt = await writtenAtOf(join(path, file.name));
        if (writtenAt !== undefined && writtenAt < before) names.push(file.name);
      }
      if (names.length > 0) yield names;
    }
  }

  async #open(sha256: string): Promise<FileHandle> {
    const path = this.#pathOf(sha256);
    try {
      if ((await kindAt(dirname(path))) === 'link') throw corrupt(sha256, 'must be in a folder; its folder is a link');
      // A link in the place of a file is nobody's artifact.
      return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (MlperfError.is(error)) throw error;
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT') throw corrupt(sha256, 'must be in the artifact directory; there is no such file');
      if (code === 'ELOOP') throw corrupt(sha256, 'must be a file; it is a link');
      throw new StorageError('STORAGE_FAILURE', `cannot read artifact ${sha256}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  #pathOf(sha256: string): string {
    if (!NAME.test(sha256)) throw new InvalidInputError('INVALID_QUERY', 'an artifact must be named by its hash');
    return join(this.#path, sha256.slice(0, 2), sha256);
  }
}

function requirePath(path: string): string {
  if (typeof path !== 'string' || path === '' || path.includes('\u0000')) {
    throw new InvalidInputError('INVALID_CONFIG', `the artifact directory must be a path; got ${JSON.stringify(path)}`);
  }
  return resolve(path);
}

async function writeFile(path: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<ArtifactRef> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', FILE_MODE);
  try {
    for await (const piece of content) {
      bytes += piece.byteLength;
      if (bytes > maxBytes) {
        throw new InvalidInputError('TOO_LARGE', `an artifact must be at most ${maxBytes} bytes; got more`);
      }
      hash.update(piece);
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** A name is on the disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  // Windows has no such thing: there a rename is on the disk with its volume's journal.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** One under way is written to without a pause: its content is younger than its folder. */
async function removeDraft(path: string, before: number): Promise<void> {
  const writtenAt = (await writtenAtOf(join(path, CONTENT))) ?? (await writtenAtOf(path));
  if (writtenAt !== undefined && writtenAt < before) await rm(path, { recursive: true, force: true });
}

/** Refuses to write or remove through a link: its target is no place of ours. @throws `STORAGE_FAILURE`. */
async function requireOwnPlace(path: string): Promise<void> {
  const folder = await kindAt(dirname(path));
  if (folder !== 'folder' && folder !== 'nothing') {
    throw new StorageError('STORAGE_FAILURE', `'${dirname(path)}' must be a folder of artifacts; it is a ${folder}`);
  }
  if ((await kindAt(path)) === 'link') {
    throw new StorageError('STORAGE_FAILURE', `'${path}' must be the file of an artifact; it is a link`);
  }
}

async function kindAt(path: string): Promise<'folder' | 'link' | 'file' | 'nothing'> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return 'link';
    return found.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'nothing';
    throw error;
  }
}

/** Epoch milliseconds; `undefined` where there is nothing. */
async function writtenAtOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).mtimeMs;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function corrupt(sha256: string, expectation: string): StorageError {
  return new StorageError('ARTIFACT_CORRUPT', `artifact ${sha256} ${expectation}`);
}

/** Our own errors, and those of the caller's stream, as they are; the file system's as a `StorageError`. */
async function translated<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const ofFileSystem = error instanceof Error && 'syscall' in error;
    if (MlperfError.is(error) || !ofFileSystem) throw error;
    throw new StorageError('STORAGE_FAILURE', `${what}: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
