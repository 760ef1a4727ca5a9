/** A hundred years: more is a mistake of unit. */
export const LONGEST_SPAN_MS = 3_155_760_000_000;

/** The longest delay a timer of the platform can hold, about 24.8 days; a longer one would fire at once. */
export const LONGEST_DEADLINE_MS = 2_147_483_647;
