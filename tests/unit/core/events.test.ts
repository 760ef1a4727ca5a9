import { TypedEmitter } from '@mlperf/core';
import { afterEach, describe, expect, it, vi } from 'vitest';

interface Events {
  'price-changed': { readonly price: number };
  'market-closed': { readonly at: number };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('TypedEmitter', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('calls each listener of an event with its payload, in the order they came', () => {
    const emitter = new TypedEmitter<Events>();
    const seen: string[] = [];
    emitter.on('price-changed', ({ price }) => void seen.push(`first ${price}`));
    emitter.on('price-changed', ({ price }) => void seen.push(`second ${price}`));
    emitter.on('market-closed', () => void seen.push('closed'));
    emitter.emit('price-changed', { price: 3 });
    expect(seen).toEqual(['first 3', 'second 3']);
  });

  it('ends one subscription at a time, even of the same listener, and more than once', () => {
    const emitter = new TypedEmitter<Events>();
    const listener = vi.fn();
    const end = emitter.on('price-changed', listener);
    emitter.on('price-changed', listener);
    end();
    end();
    emitter.emit('price-changed', { price: 1 });
    expect(listener).toHaveBeenCalledOnce();
    emitter.removeAllListeners();
    emitter.emit('price-changed', { price: 2 });
    expect(listener).toHaveBeenCalledOnce();
  });

  it('lets a listener end subscriptions while it is being told', () => {
    const emitter = new TypedEmitter<Events>();
    const others: number[] = [];
    const end: () => void = emitter.on('price-changed', () => end());
    emitter.on('price-changed', ({ price }) => void others.push(price));
    emitter.emit('price-changed', { price: 1 });
    emitter.emit('price-changed', { price: 2 });
    expect(others).toEqual([1, 2]);
  });

  it('reports a listener that throws, calls the others and does not throw itself', () => {
    const reported: unknown[] = [];
    const emitter = new TypedEmitter<Events>((error, event) => void reported.push([error, event]));
    const failure = new Error('broken');
    const other = vi.fn();
    emitter.on('price-changed', () => {
      throw failure;
    });
    emitter.on('price-changed', other);
    emitter.emit('price-changed', { price: 1 });
    expect(other).toHaveBeenCalledOnce();
    expect(reported).toEqual([[failure, 'price-changed']]);
  });

  it('reports a listener that rejects', async () => {
    const reported: unknown[] = [];
    const emitter = new TypedEmitter<Events>((error, event) => void reported.push([error, event]));
    emitter.on('market-closed', async () => {
      await Promise.resolve();
      throw new Error('rejected');
    });
    emitter.emit('market-closed', { at: 1 });
    expect(reported).toEqual([]);
    await settle();
    expect(reported).toEqual([[new Error('rejected'), 'market-closed']]);
  });

  it('survives a handler that itself throws or rejects', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const handlers = [
      () => {
        throw new Error('handler broken');
      },
      async () => {
        throw new Error('handler rejected');
      },
    ];
    for (const handler of handlers) {
      const emitter = new TypedEmitter<Events>(handler);
      emitter.on('price-changed', () => {
        throw new Error('broken');
      });
      expect(() => emitter.emit('price-changed', { price: 1 })).not.toThrow();
    }
    await settle();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('warns the process of a broken listener when no handler is given', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const emitter = new TypedEmitter<Events>();
    emitter.on('price-changed', () => {
      throw new Error('broken');
    });
    emitter.emit('price-changed', { price: 1 });
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/^a listener of 'price-changed' failed: Error: broken/), {
      type: 'MlperfListenerWarning',
    });
  });
});
