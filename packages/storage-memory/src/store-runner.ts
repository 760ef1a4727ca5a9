/**
 * Runs one store method's work as a unit: what it changes stays when it returns and vanishes when it throws. The
 * outer storage's runner makes a transaction of each unit; a transaction's runner adds it to its own.
 */
export type StoreRunner = <T>(work: () => T) => Promise<T>;
