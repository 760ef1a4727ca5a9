import {
  type Clock,
  createDataset,
  type Dataset,
  type Executor,
  keyedRandom,
  ManualClock,
  type PerformanceStorage,
  TypedEmitter,
} from '@mlperf/core';
import {
  type DegradationReports,
  ModelRegistry,
  type RetrainingEvents,
  RetrainingManager,
  type RetrainingManagerOptions,
} from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { inlineExecutor } from '@mlperf/workers';
import { ruleFamily, serialized } from '../rule-family.ts';

export const modelName = 'BTC-USD/1h/direction';
export const DAY = 86_400_000;
/** When the tests begin; the rows lie before it. */
export const START = 1_000_000_000;

/** Rows a second apart up to `START`, whose labels end a second later and follow the feature's sign before `changeAt`. */
export function rows(count: number, changeAt: number, name = 'momentum'): Dataset {
  const random = keyedRandom('rows');
  const signs = Array.from({ length: count }, () => (random.next() < 0.5 ? -1 : 1));
  const timestamps = signs.map((_, i) => START - (count - i) * 1_000);
  return createDataset({
    features: signs.map((sign) => [sign]),
    featureNames: [name],
    targets: signs.map((sign, i) => (sign > 0 === i < changeAt ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps,
    labelEndsAt: timestamps.map((at) => at + 1_000),
  });
}

const EVENTS = [
  'retraining-started',
  'retraining-completed',
  'retraining-rejected',
  'retraining-failed',
  'circuit-opened',
  'trigger-check-failed',
  'model-promoted',
  'model-rolled-back',
] as const satisfies (keyof RetrainingEvents)[];

export type Heard = { readonly name: keyof RetrainingEvents } & Record<string, unknown>;

/** A storage, a registry that serves a model that follows the sign, and managers over them. */
export class RetrainingWorld {
  readonly clock = new ManualClock(START);
  readonly storage: PerformanceStorage = openMemoryStorage({ clock: this.clock });
  readonly monitor = new TypedEmitter<DegradationReports>();
  readonly executor: Executor = inlineExecutor({ families: [ruleFamily] });
  readonly heard: Heard[] = [];
  readonly managers: RetrainingManager[] = [];
  registry!: ModelRegistry;
  /** What `gather` gives: by default 400 rows whose rule changed after 100. */
  data: Dataset | undefined = rows(400, 100);

  static async open(): Promise<RetrainingWorld> {
    const world = new RetrainingWorld();
    world.registry = await ModelRegistry.open({ storage: world.storage });
    return world;
  }

  /** Registers a version that follows the sign, or the opposite; it has seen rows up to `trainedThrough`. */
  async register(follow: boolean, certainty = 0.8, trainedThrough = START - 300_000): Promise<string> {
    const { versionId } = await this.registry.registerModel({
      modelName,
      model: serialized({ follow, certainty, featureNames: ['momentum'] }),
      flatBand: 0.002,
      hyperparameters: {},
      trainingMetrics: { accuracy: 0.6 },
      dataVersion: 'd',
      metadata: { trainedThrough },
    });
    return versionId;
  }

  async serve(follow = true, certainty = 0.8, trainedThrough?: number): Promise<string> {
    const versionId = await this.register(follow, certainty, trainedThrough);
    await this.registry.promoteToProduction(versionId, { expectedActive: await this.champion() });
    return versionId;
  }

  async champion(): Promise<string | undefined> {
    return (await this.storage.slots.get(modelName))?.championVersionId;
  }

  async entries() {
    return (await this.storage.retrainings.history({ modelName })).items;
  }

  async manage(change: Partial<RetrainingManagerOptions> = {}): Promise<RetrainingManager> {
    const manager = await RetrainingManager.open({
      registry: this.registry,
      storage: this.storage,
      executor: this.executor,
      modelName,
      modelType: 'rule',
      hyperparameters: { certainty: 0.9 },
      gather: async () => this.data,
      monitor: this.monitor,
      deadlineClock: this.clock,
      seed: 'seed',
      checkEveryMs: false,
      ...change,
      config: {
        holdoutRows: 100,
        minTrainingRows: 50,
        trainingWindow: 'all',
        bootstrapReplicates: 200,
        deadlineMs: 10_000,
        cooldownMs: 3_600_000,
        ...change.config,
      },
    });
    for (const name of EVENTS) {
      manager.on(name, (payload: object) => {
        this.heard.push({ name, ...payload });
      });
    }
    this.managers.push(manager);
    return manager;
  }

  degrade(modelVersionId: string): void {
    const verdict = { degraded: true, reason: 'evidence 2100 of 2000', modelVersionId, accuracy: 0.41, floor: 0.55 };
    this.monitor.emit('model-degraded', { at: this.clock.now(), modelVersionId, verdict });
  }

  names(): readonly string[] {
    return this.heard.map(({ name }) => name);
  }

  /**
   * The storage as a process sees it whose event loop has stopped: it writes until then, and renews no lease.
   * Only the managers of the test hold it.
   */
  dyingStorage(): PerformanceStorage {
    const clock: Clock = {
      now: () => this.clock.now(),
      sleep: (_ms, signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    };
    return new Proxy(this.storage, {
      get(target, property) {
        if (property === 'clock') return clock;
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

/** An executor whose calls pass through hooks. */
export function hooked(
  executor: Executor,
  hooks: { readonly fit?: Executor['fit']; readonly predict?: (call: number) => Promise<void> },
): Executor {
  let calls = 0;
  return {
    concurrency: 1,
    fit: hooks.fit ?? ((request, options) => executor.fit(request, options)),
    async predict(request, options) {
      await hooks.predict?.(++calls);
      return executor.predict(request, options);
    },
    close: () => executor.close(),
  };
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}
