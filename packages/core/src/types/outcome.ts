import type { Direction, RecordedPrediction } from './prediction.ts';

/** What happened. One of `price` and `direction` is needed. */
export interface Outcome {
  /** Epoch milliseconds; not before the prediction's `predictedAt`. */
  readonly observedAt: number;
  /** > 0. A direction follows from it against the prediction's `referencePrice`. */
  readonly price?: number;
  readonly direction?: Direction;
}

/** An outcome judged against its prediction. */
export interface JudgedOutcome {
  readonly observedAt: number;
  readonly price?: number;
  readonly direction: Direction;
  /** Whether the predicted direction is the observed one. */
  readonly correct: boolean;
  /** Simple return of the price from the reference to the outcome; absent without both prices. */
  readonly marketReturn?: number;
  /** Return of the side taken (`up` +1, `down` −1, `flat` 0), net of the cost per trade. */
  readonly netReturn?: number;
}

/** A judged outcome as stored. */
export interface TrackedOutcome extends JudgedOutcome {
  /** Arrival order: strictly increasing within a model version. A correction keeps its number. */
  readonly sequence: number;
  /** When the outcome was handed to us, epoch milliseconds. */
  readonly recordedAt: number;
  /** When a correction replaced the first outcome, epoch milliseconds. */
  readonly correctedAt?: number;
}

/** A stored prediction with what is known of its outcome. */
export interface TrackedPrediction extends RecordedPrediction {
  readonly outcome?: TrackedOutcome;
}

/** A stored prediction whose outcome has arrived. */
export interface ResolvedPrediction extends RecordedPrediction {
  readonly outcome: TrackedOutcome;
}
