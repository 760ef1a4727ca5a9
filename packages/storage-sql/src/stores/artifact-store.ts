import { createHash } from 'node:crypto';
import {
  type ArtifactRef,
  type ArtifactStore,
  ConflictError,
  decodeCursor,
  type Page,
  type PageRequest,
  requirePage,
  StorageError,
} from '@mlperf/core';
import type { SqlSession } from '../sql-session.ts';
import { pageOf } from './page-of.ts';

export class SqlArtifactStore implements ArtifactStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async put(content: Uint8Array): Promise<ArtifactRef> {
    const artifact = { sha256: sha256Of(content), bytes: content.byteLength };
    await this.#session.db
      .insertInto('artifacts')
      .values({ ...artifact, content })
      .onConflict((conflict) => conflict.column('sha256').doNothing())
      .execute();
    return artifact;
  }

  async get(sha256: string): Promise<Uint8Array | undefined> {
    const row = await this.#session.db
      .selectFrom('artifacts')
      .select(['bytes', 'content'])
      .where('sha256', '=', sha256)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const actual = sha256Of(row.content);
    if (actual !== sha256 || row.content.byteLength !== row.bytes) {
      throw new StorageError(
        'ARTIFACT_CORRUPT',
        `artifact ${sha256} must be ${row.bytes} bytes with that hash; the store holds ${row.content.byteLength} bytes with hash ${actual}`,
      );
    }
    return row.content;
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

  async remove(sha256: string): Promise<void> {
    const { db } = this.#session;
    const user = await db
      .selectFrom('model_versions')
      .select('version_id')
      .where('artifact_sha256', '=', sha256)
      .limit(1)
      .executeTakeFirst();
    if (user !== undefined) {
      throw new ConflictError(`artifact ${sha256} must not be in use to be removed; '${user.version_id}' refers to it`);
    }
    await db.deleteFrom('artifacts').where('sha256', '=', sha256).execute();
  }
}

function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
