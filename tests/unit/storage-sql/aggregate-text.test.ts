import { AGGREGATE_LENGTH, keyedRandom, OutcomeAggregate } from '@mlperf/core';
import { decodeAggregate, encodeAggregate, mergeStored } from '@mlperf/storage-sql';
import { describe, expect, it } from 'vitest';

function filled(seed: string, count = 500): OutcomeAggregate {
  const random = keyedRandom(seed);
  const aggregate = new OutcomeAggregate();
  for (let i = 0; i < count; i++) {
    aggregate.add({
      predicted: random.next() < 0.5 ? 'up' : 'flat',
      observed: random.next() < 0.5 ? 'up' : 'down',
      confidence: random.next(),
      netReturn: 1e3 * (random.next() - 0.5),
      price: 100 + random.next(),
      predictedPrice: 100,
    });
  }
  return aggregate;
}

describe('aggregates as they are stored', () => {
  it('come back bit by bit, those of nothing too', () => {
    for (const aggregate of [new OutcomeAggregate(), filled('one', 1), filled('many')]) {
      expect(decodeAggregate(encodeAggregate(aggregate)).toJSON()).toEqual(aggregate.toJSON());
    }
  });

  it('are read from the JSON of older stores as well, and both add up', () => {
    const [a, b] = [filled('a'), filled('b')];
    const sum = decodeAggregate(JSON.stringify(a));
    mergeStored(sum, encodeAggregate(b));
    const expected = filled('a');
    expected.merge(b);
    expect(sum.toJSON()).toEqual(expected.toJSON());
  });

  it('hold their format and doubles, little-endian', () => {
    const bytes = Buffer.from(encodeAggregate(filled('layout')), 'base64');
    expect(bytes.length).toBe(8 * (1 + AGGREGATE_LENGTH));
    expect([bytes.readDoubleLE(0), bytes.readDoubleLE(8)]).toEqual([2, 500]);
  });

  it('are refused when cut short, of another format, or not finite, and add nothing', () => {
    const bytes = Buffer.from(encodeAggregate(filled('good')), 'base64');
    const changed = (value: number, at: number) => {
      const copy = Buffer.from(bytes);
      copy.writeDoubleLE(value, at);
      return copy.toString('base64');
    };
    const sum = filled('kept');
    const before = sum.toJSON();
    const broken = ['', bytes.subarray(0, 64).toString('base64'), changed(3, 0), changed(Number.NaN, 16)];
    for (const text of [...broken, changed(Number.POSITIVE_INFINITY, 80)]) {
      expect(() => mergeStored(sum, text)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
    expect(() => mergeStored(sum, '{"count":')).toThrow(SyntaxError);
    expect(sum.toJSON()).toEqual(before);
  });
});
