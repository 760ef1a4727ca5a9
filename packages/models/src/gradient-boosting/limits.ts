// What a model file may ask of the machine that loads it. A fit that would exceed them is refused as well.

export const MAX_ROUNDS = 10_000;
export const MAX_LEAVES = 4096;
/** Inner nodes and leaves of all trees together: 45 bytes each in the file, which may have 64 MiB. */
export const MAX_NODES = 1_200_000;
export const MAX_CLASSES = 1000;
export const MAX_FEATURES = 100_000;
/** Characters of a class, feature or seed text. */
export const MAX_TEXT = 10_000;
/** Size of a regression target, and Σ weights: products and squares of their sums stay finite. */
export const MAX_TARGET = 1e50;
export const MAX_TOTAL_WEIGHT = 1e50;
