// What a model file may ask of the machine that loads it. A fit that would exceed them is refused as well.

export const MAX_TREES = 1000;
/** Splits from root to leaf. */
export const MAX_TREE_DEPTH = 512;
/**
 * Inner nodes and leaves of all trees together: 10 to 16 bytes each in a file, up to 40 in memory. The size of the
 * file ends most forests earlier.
 */
export const MAX_TREE_NODES = 100_000_000;
/** The same, of a forest in ml-random-forest's JSON, whose nodes take ten times the memory. */
export const MAX_LIBRARY_NODES = 2_000_000;
export const MAX_CLASSES = 1000;
export const MAX_FEATURES = 100_000;
/** Leaves × classes: the numbers a compiled forest holds for its leaves. */
export const MAX_LEAF_SHARES = 200_000_000;
/** Characters of a class, feature or seed text. */
export const MAX_TEXT = 10_000;
