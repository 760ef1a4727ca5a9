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

/** A promoted version is loaded and waits until `swapWhen` allows the swap. */
export interface SwapHeldEvent {
  readonly modelName: string;
  /** The version that waits. */
  readonly versionId: string;
  /** The version that goes on serving. */
  readonly servedVersionId: string;
  readonly at: number;
  /** When it is served whatever `swapWhen` says; absent without `maxHoldMs`. */
  readonly heldUntil?: number;
  /** What `swapWhen` threw, if it did. */
  readonly error?: unknown;
}

/** The shadow gave no answer; what is served is untouched. */
export interface ShadowFailedEvent {
  readonly modelName: string;
  readonly shadowVersionId: string;
  readonly at: number;
  readonly reason: 'not-loaded' | 'too-slow' | 'failed' | 'not-recorded' | 'too-few-preceding-rows';
  readonly error: unknown;
  /** It is not asked before; absent when it is asked again at once. */
  readonly pausedUntil?: number;
}

export interface PredictorEvents {
  'model-swapped': ModelSwappedEvent;
  'model-load-failed': ModelLoadFailedEvent;
  'refresh-failed': RefreshFailedEvent;
  'swap-held': SwapHeldEvent;
  'shadow-failed': ShadowFailedEvent;
}
