/** How much to read and where to go on. */
export interface PageRequest {
  /** 1 to 1,000; default 100. */
  readonly limit?: number;
  /** `nextCursor` of the page before; opaque, bound to the query that made it. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}
