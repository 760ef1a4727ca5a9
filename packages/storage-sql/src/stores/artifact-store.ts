import {
  type ArtifactRef,
  ConflictError,
  decodeCursor,
  InvalidInputError,
  NotFoundError,
  type Page,
  type PageRequest,
  requirePage,
  StorageError,
} from '@mlperf/core';
import { sql } from 'kysely';
import type { ArtifactCalls, ArtifactPlace, RemovedArtifact } from '../artifacts/artifact-calls.ts';
import { MAX_ARTIFACT_BYTES, PIECE_BYTES, PIECEWISE_BYTES, UNFINISHED_GRACE_MS } from '../artifacts/limits.ts';
import { sha256Of } from '../artifacts/sha256.ts';
import { trialArtifacts } from '../artifacts/trial-artifacts.ts';
import { takeSequence } from '../sequence-counters.ts';
import type { SqlSession } from '../sql-session.ts';
import { pageOf } from './page-of.ts';

const NOTHING = new Uint8Array();

/** Artifacts of the database: small ones in their row, large ones in pieces, those of a directory by name alone. */
export class SqlArtifactStore implements ArtifactCalls {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async put(content: Uint8Array): Promise<ArtifactRef> {
    const artifact = { sha256: sha256Of(content), bytes: content.byteLength };
    if (content.byteLength < PIECEWISE_BYTES) {
      await this.#insert(artifact, { content });
      return artifact;
    }
    if (await this.#touch(artifact.sha256)) return artifact;
    const upload = await this.openUpload();
    for (let start = 0; start < content.byteLength; start += PIECE_BYTES) {
      await this.putPiece(upload, start / PIECE_BYTES, content.subarray(start, start + PIECE_BYTES));
    }
    await this.finishUpload(upload, artifact);
    return artifact;
  }

  putInDirectory(artifact: ArtifactRef): Promise<void> {
    return this.#insert(artifact, { in_directory: 1 });
  }

  async get(sha256: string): Promise<Uint8Array | undefined> {
    const row = await this.#session.db
      .selectFrom('artifacts')
      .select(['bytes', 'content', 'upload', 'in_directory'])
      .where('sha256', '=', sha256)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    if (row.in_directory === 1) {
      throw new StorageError(
        'STORAGE_FAILURE',
        `artifact ${sha256} is in a directory: open the storage with that directory to read it`,
      );
    }
    if (row.bytes > MAX_ARTIFACT_BYTES) {
      throw new InvalidInputError(
        'TOO_LARGE',
        `an artifact above ${MAX_ARTIFACT_BYTES} bytes must be streamed; this one has ${row.bytes}`,
      );
    }
    const content = row.upload === null ? row.content : await this.#join(row.upload, row.bytes);
    const actual = sha256Of(content);
    if (actual !== sha256 || content.byteLength !== row.bytes) {
      throw new StorageError(
        'ARTIFACT_CORRUPT',
        `artifact ${sha256} must be ${row.bytes} bytes with that hash; the store holds ${content.byteLength} bytes with hash ${actual}`,
      );
    }
    return content;
  }

  async locate(sha256: string): Promise<ArtifactPlace | undefined> {
    const row = await this.#session.db
      .selectFrom('artifacts')
      .select(['bytes', 'upload', 'in_directory'])
      .where('sha256', '=', sha256)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const inDirectory = row.in_directory === 1;
    return row.upload === null
      ? { bytes: row.bytes, inDirectory }
      : { bytes: row.bytes, inDirectory, upload: row.upload };
  }

  async locateInDirectory(sha256s: readonly string[]): Promise<readonly string[]> {
    const rows = await this.#session.db
      .selectFrom('artifacts')
      .select('sha256')
      .where('sha256', 'in', sha256s)
      .where('in_directory', '=', 1)
      .execute();
    return rows.map((row) => row.sha256);
  }

  async openUpload(): Promise<number> {
    const upload = await takeSequence(this.#session, 'artifact uploads');
    await this.#session.db
      .insertInto('artifact_uploads')
      .values({ upload, started_at: await this.#session.now(), finished: 0 })
      .execute();
    return upload;
  }

  async putPiece(upload: number, position: number, content: Uint8Array): Promise<void> {
    const { db } = this.#session;
    const open = await db
      .selectFrom('artifact_uploads')
      .select('upload')
      .where('upload', '=', upload)
      .where('finished', '=', 0)
      .executeTakeFirst();
    if (open === undefined) throw new NotFoundError(`upload ${upload} must be open; it was given up as too old`);
    await db.insertInto('artifact_pieces').values({ upload, position, content }).execute();
  }

  async finishUpload(upload: number, artifact: ArtifactRef): Promise<void> {
    if (await this.#touch(artifact.sha256)) return this.dropUpload(upload);
    const { numUpdatedRows } = await this.#session.db
      .updateTable('artifact_uploads')
      .set({ finished: 1 })
      .where('upload', '=', upload)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new NotFoundError(`upload ${upload} must be open; it was given up as too old`);
    await this.#insert(artifact, { upload });
  }

  async dropUpload(upload: number): Promise<void> {
    await this.#session.db
      .deleteFrom('artifact_uploads')
      .where('upload', '=', upload)
      .where('finished', '=', 0)
      .execute();
  }

  async getPiece(upload: number, position: number): Promise<Uint8Array | undefined> {
    const row = await this.#session.db
      .selectFrom('artifact_pieces')
      .select('content')
      .where('upload', '=', upload)
      .where('position', '=', position)
      .executeTakeFirst();
    return row?.content;
  }

  async list(page?: PageRequest): Promise<Page<ArtifactRef>> {
    const listing = { list: 'artifacts' };
    const { limit, cursor } = requirePage(page);
    const after = decodeCursor(listing, cursor, ['string']);
    let select = this.#session.db.selectFrom('artifacts').select(['sha256', 'bytes']);
    if (after !== undefined) select = select.where('sha256', '>', String(after[0]));
    const rows = await select
      .orderBy('sha256')
      .limit(limit + 1)
      .execute();
    return pageOf(
      rows,
      limit,
      listing,
      ({ sha256, bytes }) => ({ sha256, bytes }),
      (row) => [row.sha256],
    );
  }

  async remove(sha256: string): Promise<boolean> {
    const user = await this.#session.db
      .selectFrom('model_versions')
      .select('version_id')
      .where('artifact_sha256', '=', sha256)
      .limit(1)
      .executeTakeFirst();
    if (user !== undefined) {
      throw new ConflictError(`artifact ${sha256} must not be in use to be removed; '${user.version_id}' refers to it`);
    }
    const place = await this.locate(sha256);
    if (place === undefined) return false;
    const { rows } = await sql<{ experiment_id: string }>`
      select experiment_id from (${trialArtifacts(this.#session)}) as used where sha256 = ${sha256} limit 1
    `.execute(this.#session.db);
    if (rows[0] !== undefined) {
      throw new ConflictError(
        `artifact ${sha256} must not be in use to be removed; experiment '${rows[0].experiment_id}' refers to it`,
      );
    }
    await this.#delete(sha256, place);
    return place.inDirectory;
  }

  async removeOrphans({
    olderThanMs,
    limit,
  }: {
    readonly olderThanMs: number;
    readonly limit: number;
  }): Promise<readonly RemovedArtifact[]> {
    const { db } = this.#session;
    const before = (await this.#session.now()) - olderThanMs;
    await db
      .deleteFrom('artifact_uploads')
      .where('finished', '=', 0)
      .where('started_at', '<', before - UNFINISHED_GRACE_MS)
      .execute();
    const orphans = await db
      // Once for all artifacts, and not once for each.
      .with(
        (cte) => cte('used').materialized(),
        () => sql`(${trialArtifacts(this.#session)})`,
      )
      .selectFrom('artifacts')
      .select(['sha256', 'bytes', 'upload', 'in_directory'])
      .where('stored_at', '<', before)
      .where(sql<boolean>`not exists (select 1 from model_versions where artifact_sha256 = artifacts.sha256)`)
      .where(sql<boolean>`not exists (select 1 from used where used.sha256 = artifacts.sha256)`)
      .orderBy('stored_at')
      .orderBy('sha256')
      .limit(limit)
      .execute();
    const removed: RemovedArtifact[] = [];
    for (const { sha256, bytes, upload, in_directory } of orphans) {
      const inDirectory = in_directory === 1;
      await this.#delete(sha256, upload === null ? { bytes, inDirectory } : { bytes, inDirectory, upload });
      removed.push({ sha256, bytes, inDirectory });
    }
    return removed;
  }

  async #insert(
    { sha256, bytes }: ArtifactRef,
    place: { readonly content?: Uint8Array; readonly upload?: number; readonly in_directory?: number },
  ): Promise<void> {
    const stored_at = await this.#session.now();
    await this.#session.db
      .insertInto('artifacts')
      .values({ sha256, bytes, content: NOTHING, upload: null, in_directory: 0, ...place, stored_at })
      // Put again it is as good as new: whoever does so is about to register it.
      .onConflict((conflict) => conflict.column('sha256').doUpdateSet({ stored_at }))
      .execute();
  }

  /** @returns whether there is an artifact of that hash, which then is as good as new. */
  async #touch(sha256: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#session.db
      .updateTable('artifacts')
      .set({ stored_at: await this.#session.now() })
      .where('sha256', '=', sha256)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async #join(upload: number, bytes: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let position = 0; position * PIECE_BYTES < bytes; position++) {
      const piece = await this.getPiece(upload, position);
      if (piece === undefined) break;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  async #delete(sha256: string, { upload }: ArtifactPlace): Promise<void> {
    const { db } = this.#session;
    await db.deleteFrom('artifacts').where('sha256', '=', sha256).execute();
    if (upload !== undefined) await db.deleteFrom('artifact_uploads').where('upload', '=', upload).execute();
  }
}
