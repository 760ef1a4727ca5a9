import type { SqlStores } from '../stores/sql-stores.ts';
import type { StoreCall, StoreName } from './call-channel.ts';
import { CALL_CHECKS, type CalledStores, type FrontStores } from './call-checks.ts';
import { unpackOutcomes } from './packed-outcomes.ts';
import { unpackTotals } from './packed-totals.ts';

type Checks = Readonly<
  Record<string, Readonly<Record<string, { readonly access: 'read' | 'write'; readonly check: Copy }>>>
>;
type Copy = (...args: readonly unknown[]) => readonly unknown[];

/**
 * Stores whose methods check and copy their arguments, then hand the call to `send`.
 * @remarks The copy is made before the method returns: the caller may change what it gave at once.
 */
export function createCallStores(send: (call: Omit<StoreCall, 'now'>) => Promise<unknown>): FrontStores {
  const stores = Object.entries(CALL_CHECKS as Checks).map(([store, checks]) => [
    store,
    Object.fromEntries(
      Object.entries(checks).map(([method, { check }]) => [
        method,
        async (...args: readonly unknown[]) => send({ store: store as StoreName, method, args: check(...args) }),
      ]),
    ),
  ]);
  // Complete by the type of CALL_CHECKS, which has an entry for every method of every store.
  const called: CalledStores = Object.fromEntries(stores);
  const { predictions, rollups } = called;
  return {
    ...called,
    predictions: {
      ...predictions,
      recentOutcomes: async (query) => unpackOutcomes(await predictions.recentOutcomes(query)),
      outcomesAfter: async (query) => unpackOutcomes(await predictions.outcomesAfter(query)),
    },
    rollups: { ...rollups, totals: async (query) => unpackTotals(await rollups.totals(query)) },
  };
}

/** Whether a call changes the store. */
export function accessOf(call: StoreCall): 'read' | 'write' {
  return (CALL_CHECKS as Checks)[call.store]![call.method]!.access;
}

/** Runs a call that {@link createCallStores} made. */
export function runCall(stores: SqlStores, call: StoreCall): Promise<unknown> {
  const store = stores[call.store];
  return Reflect.apply(Reflect.get(store, call.method), store, call.args);
}
