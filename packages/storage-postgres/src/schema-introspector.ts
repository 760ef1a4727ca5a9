import { type DatabaseIntrospector, type Kysely, sql, type TableMetadata } from 'kysely';

/** Sees the tables of the current schema, and no other's; of their columns the names and types. */
export class SchemaIntrospector implements DatabaseIntrospector {
  readonly #db: Kysely<unknown>;

  constructor(db: Kysely<unknown>) {
    this.#db = db;
  }

  async getSchemas(): Promise<{ readonly name: string }[]> {
    const { rows } = await sql<{ name: string }>`select nspname as name from pg_namespace`.execute(this.#db);
    return rows;
  }

  async getTables(): Promise<TableMetadata[]> {
    const { rows } = await sql<{ name: string; kind: string; columns: string }>`
      select relname as name, relkind::text as kind, (
        select coalesce(json_agg(json_build_object('name', attname, 'dataType', format_type(atttypid, atttypmod),
          'isNullable', not attnotnull, 'hasDefaultValue', atthasdef, 'isAutoIncrementing', attidentity <> '')
          order by attnum), '[]')::text
        from pg_attribute where attrelid = pg_class.oid and attnum > 0 and not attisdropped
      ) as columns
      from pg_class
      where relnamespace = (select oid from pg_namespace where nspname = current_schema())
        and relkind in ('r', 'p', 'v', 'm', 'f')
      order by relname`.execute(this.#db);
    return rows.map(({ name, kind, columns }) => ({
      name,
      isView: kind === 'v' || kind === 'm',
      isForeign: kind === 'f',
      columns: JSON.parse(columns) as TableMetadata['columns'],
    }));
  }

  async getMetadata(): Promise<{ readonly tables: readonly TableMetadata[] }> {
    return { tables: await this.getTables() };
  }
}
