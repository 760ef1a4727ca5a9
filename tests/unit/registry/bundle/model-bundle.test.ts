import { createHash } from 'node:crypto';
import { ClassCalibrator, TemperatureCalibrator } from '@mlperf/core';
import { type BundleHeader, decodeBundle, encodeBundle, MAX_BUNDLE_BYTES } from '@mlperf/registry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const header: BundleHeader = {
  modelType: 'forest',
  featureNames: ['momentum', 'volume'],
  classes: ['down', 'up'],
  lookBack: 0,
  flatBand: 0.001,
  environment: { runtime: 'node' },
};
const model = new Uint8Array([1, 2, 3, 4, 5]);
const calibration = new ClassCalibrator(['down', 'up'], [new TemperatureCalibrator(0.5)]).toJSON();

/** Bytes laid out by hand, so that the reader is not judged by the writer. */
function layOut(headerText: string, modelBytes: Uint8Array, version = 1): Uint8Array {
  const text = Buffer.from(headerText, 'utf8');
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32LE(version, 0);
  numbers.writeUInt32LE(text.length, 4);
  numbers.writeUInt32LE(modelBytes.length, 8);
  const prefix = Buffer.concat([Buffer.from('MLPBUNDL', 'ascii'), numbers]);
  const checksum = createHash('sha256').update(prefix).update(text).update(modelBytes).digest();
  return new Uint8Array(Buffer.concat([prefix, checksum, text, modelBytes]));
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

describe('a bundle', () => {
  it('comes back as it went in', () => {
    expect(decodeBundle(encodeBundle({ header, model }))).toEqual({ header, model });
  });

  it('comes back as it went in, whatever the model bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        expect(decodeBundle(encodeBundle({ header, model: bytes })).model).toEqual(bytes);
      }),
    );
  });

  it('is laid out as documented', () => {
    const text =
      '{"classes":["down","up"],"environment":{"runtime":"node"},"featureNames":["momentum","volume"],' +
      '"flatBand":0.001,"lookBack":0,"modelType":"forest"}';
    expect(encodeBundle({ header, model })).toEqual(layOut(text, model));
  });

  it('has the same bytes whatever the order of the header keys', () => {
    const reordered = Object.fromEntries(Object.entries(header).reverse());
    expect(encodeBundle({ header: { ...header, ...reordered }, model })).toEqual(encodeBundle({ header, model }));
  });

  it('reads from a view into a larger buffer', () => {
    const bytes = encodeBundle({ header, model });
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 7);
    expect(decodeBundle(larger.subarray(7, 7 + bytes.length)).model).toEqual(model);
  });

  it('gives the model as a copy of its own', () => {
    const bytes = encodeBundle({ header, model });
    const decoded = decodeBundle(bytes);
    decoded.model.fill(0);
    expect(decodeBundle(bytes).model).toEqual(model);
    expect(decoded.model.buffer.byteLength).toBe(model.length);
  });

  it('is refused at every length it can be cut to', () => {
    const bytes = encodeBundle({ header, model });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeBundle(bytes.subarray(0, length)), `cut to ${length}`).toThrow(
        expect.objectContaining({ code: 'ARTIFACT_CORRUPT' }),
      );
    }
  });

  it('is refused whichever byte is changed', () => {
    const bytes = encodeBundle({ header, model });
    for (let at = 0; at < bytes.length; at++) {
      expect(() => decodeBundle(changed(bytes, at, bytes[at]! ^ 1)), `byte ${at}`).toThrow(
        expect.objectContaining({ name: expect.stringMatching(/InvalidInputError|StorageError/) }),
      );
    }
  });

  it('is refused with bytes left over', () => {
    const longer = new Uint8Array([...encodeBundle({ header, model }), 0]);
    expect(() => decodeBundle(longer)).toThrow(expect.objectContaining({ code: 'ARTIFACT_CORRUPT' }));
  });

  it('is refused by name when it is something else', () => {
    expect(() => decodeBundle(Buffer.from('PK\u0003\u0004 a zip file'))).toThrow(
      expect.objectContaining({ code: 'MODEL_FORMAT', message: expect.stringContaining('MLPBUNDL') }),
    );
  });

  it('is refused from a newer format, naming both versions', () => {
    expect(() => decodeBundle(layOut('{}', model, 2))).toThrow(
      expect.objectContaining({ code: 'MODEL_FORMAT', message: expect.stringMatching(/must be 1.*got 2/) }),
    );
  });

  it('is refused when it announces more than is allowed, before the announced memory is taken', () => {
    const bytes = encodeBundle({ header, model });
    const view = new DataView(bytes.buffer);
    view.setUint32(16, MAX_BUNDLE_BYTES, true);
    expect(() => decodeBundle(bytes)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
    view.setUint32(16, model.length, true);
    view.setUint32(12, 0xffffffff, true);
    expect(() => decodeBundle(bytes)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });

  it('is refused without a model', () => {
    expect(() => encodeBundle({ header, model: new Uint8Array() })).toThrow(
      expect.objectContaining({ code: 'MODEL_FORMAT' }),
    );
  });

  const text = JSON.stringify(header);
  it.each([
    ['no JSON', '{'],
    ['no UTF-8 object', '[]'],
    ['null', 'null'],
    ['__proto__ at the top', text.replace('{', '{"__proto__":{"polluted":1},')],
    ['__proto__ deep inside', text.replace('"runtime"', '"__proto__"')],
    ['constructor', text.replace('"runtime"', '"constructor"')],
    ['prototype', text.replace('"runtime"', '"prototype"')],
    ['an unknown field', text.replace('{', '{"ensemble":[],')],
    ['nesting without end', text.replace('"node"', `${'['.repeat(5_000)}${']'.repeat(5_000)}`)],
    ['a number beyond doubles', text.replace('0.001', '1e999')],
    ['a negative flat band', text.replace('0.001', '-0.001')],
    ['a fractional look-back', text.replace('"lookBack":0', '"lookBack":0.5')],
    ['no model type', text.replace('"modelType":"forest",', '')],
    ['an empty model type', text.replace('"forest"', '""')],
    ['no features', text.replace('["momentum","volume"]', '[]')],
    ['a feature twice', text.replace('"volume"', '"momentum"')],
    ['a feature that is no text', text.replace('"volume"', '7')],
    ['classes that are no list', text.replace('["down","up"]', '"up"')],
    ['an environment that is no object', text.replace('{"runtime":"node"}', '"node"')],
    ['thresholds that are no numbers', text.replace('{', '{"thresholds":{"up":"high","down":0.4},')],
    ['a threshold of no class', text.replace('{', '{"thresholds":{"up":0.6,"down":0.4,"act":0.5},')],
    ['a threshold for one class alone', text.replace('{', '{"thresholds":{"up":0.6},')],
    ['a threshold of 0', text.replace('{', '{"thresholds":{"up":0,"down":1},')],
    ['a threshold above 1', text.replace('{', '{"thresholds":{"up":1.1,"down":1},')],
    ['a calibration that is no object', text.replace('{', '{"calibration":7,')],
    ['a calibration nobody knows', text.replace('{', '{"calibration":{"kind":"temperature","value":1.5},')],
    [
      'a calibration of a later format',
      text.replace('{', `{"calibration":${JSON.stringify({ ...calibration, formatVersion: 2 })},`),
    ],
    [
      'a calibration of the classes in another order',
      text.replace('{', `{"calibration":${JSON.stringify({ ...calibration, classes: ['up', 'down'] })},`),
    ],
    ['an age limit of 0', text.replace('{', '{"maxAgeMs":0,')],
  ])('is refused with a header that has %s', (_what, headerText) => {
    expect(headerText).not.toBe(text);
    expect(() => decodeBundle(layOut(headerText, model))).toThrow(expect.objectContaining({ code: 'MODEL_FORMAT' }));
    expect({}).not.toHaveProperty('polluted');
  });

  it('keeps thresholds, calibration and age limit', () => {
    const full = { ...header, thresholds: { down: 0.4, up: 0.6 }, calibration, maxAgeMs: 86_400_000 };
    expect(decodeBundle(encodeBundle({ header: full, model })).header).toEqual(full);
  });

  it('is read as before when it was written without them', () => {
    expect(decodeBundle(layOut(text, model)).header).toEqual(header);
  });
});
