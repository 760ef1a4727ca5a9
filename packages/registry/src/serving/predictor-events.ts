/** Every later prediction is made by this version. */
export interface ModelSwappedEvent {
  readonly modelName: string;
  readonly versionId: string;
  /** The version served before. */
  readonly previousVersionId?: string;
  /** `precedingRows` each request needs from now on. */
  readonly lookBack: number;
  readonly at: number;
}

/** A champion could not be loaded; the version served before goes on, if there is one. */
export interface ModelLoadFailedEvent {
  readonly modelName: string;
  readonly versionId: string;
  /** The version that goes on serving. */
  readonly servedVersionId?: string;
  readonly at: number;
  readonly error: unknown;
}

/** The slot could not be read: what is served may be behind. */
export interface RefreshFailedEvent {
  readonly modelName: string;
  readonly at: number;
  readonly error: unknown;
}

export interface PredictorEvents {
  'model-swapped': ModelSwappedEvent;
  'model-load-failed': ModelLoadFailedEvent;
  'refresh-failed': RefreshFailedEvent;
}
