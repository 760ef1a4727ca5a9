import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Maps stretches of at most `size` items one after the other; between two stretches the event loop has its turn.
 * @returns what the stretches became, in order.
 */
export async function inTurns<T, R>(
  items: readonly T[],
  size: number,
  map: (stretch: readonly T[], from: number) => readonly R[] | Promise<readonly R[]>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += size) {
    if (from > 0) await nextTurn();
    for (const result of await map(items.slice(from, from + size), from)) results.push(result);
  }
  return results;
}

/** Waits for work that needs no turn of the event loop, and for other work no longer than one. @param work - Never rejects. */
export function oneTurnFor(work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const turn = setImmediate(resolve);
    // A loop that never lets the event loop turn must not pile turns up.
    work.then(() => {
      clearImmediate(turn);
      resolve();
    });
  });
}
