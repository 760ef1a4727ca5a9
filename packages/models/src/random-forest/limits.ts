// What a model file may ask of the machine that loads it. A fit that would exceed them is refused as well.

export const MAX_TREES = 1000;
/** Splits from root to leaf. */
export const MAX_TREE_DEPTH = 32;
/** Inner nodes and leaves of all trees together. */
export const MAX_TREE_NODES = 500_000;
export const MAX_CLASSES = 1000;
export const MAX_FEATURES = 100_000;
/** Leaves × classes: the numbers a compiled forest holds for its leaves. */
export const MAX_LEAF_SHARES = 5_000_000;
/** Characters of a class, feature or seed text. */
export const MAX_TEXT = 10_000;
