import { stumpFamily } from '../a-family.ts';

/** What a worker thread trains. */
export const families = [stumpFamily()];
