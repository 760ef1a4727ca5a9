// What a model file may ask of the machine that loads it. A fit that would exceed them is refused as well.

export const MAX_LAYERS = 3;
export const MAX_UNITS = 1024;
/** Earlier rows a prediction looks back on; a window has one row more. */
export const MAX_LOOK_BACK = 1000;
export const MAX_CLASSES = 1000;
export const MAX_FEATURES = 10_000;
/** Numbers in all weights of a network together: 48 MiB. */
export const MAX_WEIGHTS = 12 * 1024 * 1024;
/** Characters of a class, feature or seed text. */
export const MAX_TEXT = 10_000;
/** The largest header of a model file: names, scaling and topology, as JSON in bytes. */
export const MAX_HEADER_BYTES = 4 * 1024 * 1024;
/** Of which names may take so much: scaling, topology and parameters take less than the rest at every bound. */
export const MAX_NAME_BYTES = 3 * 1024 * 1024;
/** Σ weights of training windows: times their number it stays finite. */
export const MAX_TOTAL_WEIGHT = 1e100;
