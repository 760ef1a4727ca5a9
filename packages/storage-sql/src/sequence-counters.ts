import type { SqlSession } from './sql-session.ts';

/**
 * Takes the next `count` numbers under a name: 1, 2, 3 …, none ever given twice.
 * @returns the first of them; the others follow.
 */
export async function takeSequence(session: SqlSession, name: string, count = 1): Promise<number> {
  const { rows } = await session.run(
    'take sequence',
    (db) =>
      db
        .insertInto('sequence_counters')
        .values({ name, value: count })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet((eb) => ({ value: eb('sequence_counters.value', '+', eb.ref('excluded.value')) })),
        )
        .returning('value')
        .compile(),
    [name, count],
  );
  return rows[0]!.value - count + 1;
}
