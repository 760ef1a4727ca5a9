import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { MlperfError } from '@mlperf/core';
import { Zip, ZipDeflate } from 'fflate';

/** What is compressed in one go, bytes; the event loop turns in between. */
const PIECE = 65_536;
/** ZIP keeps times; a fixed one gives the same bytes for the same content. 1980-01-01, the first it knows. */
const FIXED_TIME = new Date(1980, 0, 1);

/**
 * Writes entries as one ZIP file, beside `path` first and then renamed: whoever reads it finds the old file or the whole
 * new one.
 * @throws {@link MlperfError} `IO_FAILURE`, leaving nothing behind.
 */
export async function writeArchive(path: string, entries: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await writeEntries(file, entries);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MlperfError('IO_FAILURE', `the archive cannot be written to '${path}': ${reason}`, { cause });
  }
}

async function writeEntries(file: FileHandle, entries: ReadonlyMap<string, Uint8Array>): Promise<void> {
  let ready: Uint8Array[] = [];
  let failure: Error | undefined;
  const zip = new Zip((error, chunk) => {
    if (error !== null) failure = error;
    else ready.push(chunk);
  });
  const drain = async () => {
    if (failure !== undefined) throw failure;
    const chunks = ready;
    ready = [];
    if (chunks.length > 0) await file.writev(chunks);
  };
  for (const [name, bytes] of entries) {
    const entry = new ZipDeflate(name, { level: 6 });
    entry.mtime = FIXED_TIME;
    zip.add(entry);
    for (let at = 0; at === 0 || at < bytes.length; at += PIECE) {
      // A copy: the caller's bytes may lie in shared memory, which the compressor does not take.
      entry.push(Uint8Array.from(bytes.subarray(at, at + PIECE)), at + PIECE >= bytes.length);
      await drain();
    }
  }
  zip.end();
  await drain();
}
