import type { Clock, Direction, ListenerErrorHandler, ModelFamily, PredictionRecorder, Weighting } from '@mlperf/core';
import type { defaultPredictionId } from '../prediction-request.ts';
import type { EnsembleSource } from './ensemble-version.ts';
import type { EnsembleStores } from './ensemble-weights.ts';
import type { SelectionOptions } from './member-selection.ts';

export interface EnsemblePredictorOptions {
  /** A `ModelRegistry`. */
  readonly source: EnsembleSource;
  /** A `PerformanceStorage`: where weights are kept and outcomes are read. */
  readonly storage: EnsembleStores;
  /** The ensemble's own name: its predictions are recorded under it, and its slot can suspend it. */
  readonly modelName: string;
  /** The model names it asks, 2 to 100; each answers with its champion. */
  readonly members: readonly string[];
  /** Loads the versions of the members; given in code. */
  readonly families: readonly ModelFamily[];
  /** How outcomes move weights, such as `FixedShare`; default: they do not, all members count the same. */
  readonly weighting?: Weighting;
  /** What the members tell apart; default `['down', 'up']`. */
  readonly classes?: readonly Direction[];
  /** The return, ≥ 0, up to which a move counts as `flat`: that of every member; default 0. */
  readonly flatBand?: number;
  /** Lets {@link EnsemblePredictor.selectMembers} leave out those that do worse; default: all answer. */
  readonly selection?: SelectionOptions;
  /** Stores the ensemble's prediction and its members'; a `PerformanceMonitor` of the ensemble's name is one. */
  readonly recorder?: PredictionRecorder;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** How old the reading of a slot may be when a prediction is asked for, milliseconds; default 1,000. */
  readonly refreshIntervalMs?: number;
  /** How long after its training a member's version may predict, milliseconds; default what its bundle says. */
  readonly maxAgeMs?: number;
  /** How long a member may take to answer, milliseconds, > 0; default 1,000. The others answer without it then. */
  readonly memberTimeoutMs?: number;
  /** The id of a prediction that comes without one; default {@link defaultPredictionId}. */
  readonly predictionId?: typeof defaultPredictionId;
  /** Default: a process warning. */
  readonly onListenerError?: ListenerErrorHandler;
}
