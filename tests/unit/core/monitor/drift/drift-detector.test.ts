import { type DriftDetector, type JsonObject, Kswin, MAX_OBSERVATION, restoreDriftDetector } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERY_DETECTOR, titleOf } from './every-detector.ts';

const stored = (detector: DriftDetector): JsonObject => JSON.parse(JSON.stringify(detector));

function flagsOf(detector: DriftDetector, values: readonly number[]): string {
  return values
    .map((value) => {
      detector.update(value);
      return `${Number(detector.driftDetected)}${Number(detector.warningDetected)}`;
    })
    .join(' ');
}

/** Levels that change now and then, so that drifts and restarts happen inside the stream. */
const stretches = fc.array(
  fc.record({ length: fc.integer({ min: 1, max: 60 }), level: fc.constantFrom(0, 0.1, 0.5, 0.9, 1) }),
  { minLength: 1, maxLength: 8 },
);

const streams = (isBinary: boolean) =>
  fc.tuple(stretches, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }))).map(([parts, noise]) =>
    parts.flatMap(({ length, level }) =>
      Array.from({ length }, () => {
        const drawn = Number(noise.next().value);
        return isBinary ? Number(drawn < level) : drawn + 3 * level;
      }),
    ),
  );

describe.each(EVERY_DETECTOR.map((detector, index) => ({ title: titleOf(detector, index), ...detector })))(
  'as every drift detector, $title',
  ({ name, isBinary, build, from }) => {
    it('goes on bit for bit when it is stored and restored anywhere', () => {
      let drifts = 0;
      fc.assert(
        fc.property(streams(isBinary), fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
          const cut = Math.floor(share * values.length);
          const uninterrupted = build();
          const before = flagsOf(uninterrupted, values.slice(0, cut));
          const resumed = from(stored(uninterrupted));
          expect(stored(resumed)).toEqual(stored(uninterrupted));
          const after = flagsOf(uninterrupted, values.slice(cut));
          expect(flagsOf(resumed, values.slice(cut))).toBe(after);
          expect(stored(resumed)).toEqual(stored(uninterrupted));
          drifts += `${before} ${after}`.split('1').length - 1;
        }),
        { seed: 20251122, numRuns: 60 },
      );
      expect(drifts).toBeGreaterThan(20);
    });

    it('gives the same answers through restoreDriftDetector', () => {
      const detector = build();
      flagsOf(detector, [0, 1, 1, 0, 1]);
      const resumed = restoreDriftDetector(stored(detector));
      expect(resumed.constructor).toBe(detector.constructor);
      expect(stored(resumed)).toEqual(stored(detector));
    });

    it('refuses a bad value before anything changes', () => {
      const detector = build();
      flagsOf(detector, [1, 0, 1]);
      const before = stored(detector);
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        expect(() => detector.update(value)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
      }
      for (const value of ['1', true, undefined, null, 1n, [1]]) {
        expect(() => detector.update(value as never)).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
      }
      const outside = isBinary ? [0.5, -1, 2, 1e-300] : [1e101, -1e101, Number.MAX_VALUE];
      for (const value of outside) {
        expect(() => detector.update(value)).toThrow(
          expect.objectContaining({ name: 'InvalidInputError', code: 'OUT_OF_RANGE' }),
        );
      }
      expect(stored(detector)).toEqual(before);
    });

    it('takes −0 for 0', () => {
      const [positive, negative] = [build(), build()];
      for (let i = 0; i < 50; i++) {
        positive.update(i % 3 === 0 ? 0 : 1);
        negative.update(i % 3 === 0 ? -0 : 1);
      }
      expect(negative.toJSON()).toEqual(positive.toJSON());
    });

    it('holds finite state for the largest values it takes', () => {
      const largest = isBinary ? 1 : MAX_OBSERVATION;
      const detector = build();
      for (let i = 0; i < 200; i++) detector.update(i % 2 === 0 || isBinary ? largest : -largest);
      expect(stored(from(stored(detector)))).toEqual(stored(detector));
    });

    it('keeps its stored state small, however long the stream', () => {
      const detector = build();
      let longest = 0;
      for (let i = 0; i < 20_000; i++) {
        detector.update(isBinary ? Number(i % 3 === 0) : (i * 0.618033988749895) % 1);
        if (i % 1000 === 999) longest = Math.max(longest, JSON.stringify(detector).length);
      }
      expect(longest).toBeLessThan(6_000);
    });

    it('refuses stored state that is corrupt, foreign or of another format', () => {
      const detector = build();
      flagsOf(
        detector,
        Array.from({ length: 60 }, (_, i) => Number(i % 4 === 0)),
      );
      const json = stored(detector);
      const state = json.state as JsonObject;
      const options = json.options as JsonObject;
      const refused = (broken: unknown) => {
        expect(() => from(broken), JSON.stringify(broken)).toThrow(
          expect.objectContaining({ name: 'InvalidInputError', code: 'INVALID_RECORD' }),
        );
      };
      for (const broken of [undefined, null, 1, 'x', [], {}, { ...json, extra: 1 }]) refused(broken);
      refused({ ...json, detector: name === 'ddm' ? 'eddm' : 'ddm' });
      for (const formatVersion of [0, 2, '1', undefined]) refused({ ...json, formatVersion });
      refused({ ...json, options: undefined });
      refused({ ...json, state: null });
      refused({ ...json, state: { ...state, extra: 1 } });
      refused({ ...json, options: { ...options, extra: 1 } });
      for (const field of Object.keys(options)) {
        for (const value of [undefined, null, Number.NaN, {}])
          refused({ ...json, options: { ...options, [field]: value } });
      }
      for (const field of Object.keys(state)) {
        for (const value of [null, 'x', {}, Number.NaN, Number.POSITIVE_INFINITY]) {
          refused({ ...json, state: { ...state, [field]: value } });
        }
        if (typeof state[field] !== 'boolean') refused({ ...json, state: { ...state, [field]: true } });
      }
      refused({ ...json, state: { ...state, driftDetected: undefined } });
    });

    it('starts without drift and without warning', () => {
      expect(build()).toMatchObject({ driftDetected: false, warningDetected: false });
      expect(stored(from(stored(build())))).toEqual(stored(build()));
    });
  },
);

describe('restoreDriftDetector', () => {
  it('refuses what names no known detector', () => {
    for (const json of [undefined, null, 'adwin', {}, { detector: 'toString' }, { detector: 'ADWIN' }]) {
      expect(() => restoreDriftDetector(json)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
  });

  it('refuses a KSWIN that draws by a function, which only Kswin.from can be given', () => {
    const detector = new Kswin({ sampleIndices: ({ count }) => Array.from({ length: count }, (_, i) => i) });
    expect(() => restoreDriftDetector(detector.toJSON())).toThrow(/needs it again/);
  });
});
