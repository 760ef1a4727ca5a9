import { ConflictError } from '../../errors.ts';

/** The store knew something that memory took for new. Nothing was written. */
export class MemoryOutdated extends ConflictError {}
