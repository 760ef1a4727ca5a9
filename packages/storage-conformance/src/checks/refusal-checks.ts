import assert from 'node:assert/strict';
import type { PerformanceStorage } from '@mlperf/core';
import type { Check } from '../check.ts';
import { expectRefusal } from '../expect-refusal.ts';
import { changed, type Path, type RecordKind, recordKinds } from '../record-kinds.ts';
import type { StorageSubject } from '../storage-subject.ts';

const NO_NUMBERS: readonly unknown[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1n];
const NO_TEXTS: readonly unknown[] = ['a\u0000b', 'a\ud800', '\udc00b', 7n, new Date(0)];
const NO_RECORDS: readonly unknown[] = [undefined, null, 'text', 7, [], () => ({}), new Map()];

/** A record that breaks its contract is refused by type, path and value, and nothing of it is stored. */
export const refusalChecks: readonly Check<StorageSubject>[] = recordKinds.map((kind) => ({
  name: `a bad ${kind.name} is INVALID_RECORD with its path, and nothing is stored`,
  async run({ storage }) {
    await kind.prepare?.(storage);
    const record = kind.make();
    for (const path of kind.numbers) for (const value of NO_NUMBERS) await refuse(storage, kind, path, value);
    for (const path of kind.texts) for (const value of NO_TEXTS) await refuse(storage, kind, path, value);
    for (const path of kind.numbers.filter((numberPath) => !isOpen(kind, numberPath)))
      await refuse(storage, kind, path, '1');
    for (const path of kind.texts.filter((textPath) => !isOpen(kind, textPath))) await refuse(storage, kind, path, 7);
    for (const [path, value] of kind.outOfRange) await refuse(storage, kind, path, value);
    await refuse(storage, kind, ['unheardOf'], 1);
    for (const path of kind.open) {
      for (const text of ['a\u0000b', 'a\ud800']) {
        await refuse(storage, kind, [...path, text], 1);
        await refuse(storage, kind, [...path, 'inner'], { list: ['fine', { deep: text }] });
        await refuse(storage, kind, [...path, 'inner'], { list: ['fine', { [text]: 1 }] });
      }
      await refuse(storage, kind, [...path, 'when'], new Date(0));
      await refuse(storage, kind, [...path, 'deep'], nested(40));
      const forged = changed(record, [...path, 'x'], JSON.parse('{"__proto__": {"polluted": true}}'));
      await refuseWhole(storage, kind, forged);
    }
    for (const value of NO_RECORDS) await refuseWhole(storage, kind, value);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    await kind.write(storage, record);
    assert.notEqual(await kind.read(storage), undefined, 'the good record must be stored');
  },
}));

async function refuse(storage: PerformanceStorage, kind: RecordKind, path: Path, value: unknown): Promise<void> {
  const holder = changed(kind.make(), path, 0);
  assign(holder, path, value);
  const error = await refuseWhole(storage, kind, holder);
  const named = path.filter((part) => typeof part === 'string' && part.isWellFormed() && !part.includes('\u0000'));
  const place = named.find((part) => error.message.includes(String(part)));
  assert.ok(place !== undefined, `the message must name ${path.join('.')}; got: ${error.message}`);
}

async function refuseWhole(storage: PerformanceStorage, kind: RecordKind, record: unknown) {
  const error = await expectRefusal(kind.write(storage, record as object), 'INVALID_RECORD');
  assert.equal(await kind.read(storage), undefined, `nothing may be stored after: ${error.message}`);
  return error;
}

/** Whether a path leads into content of the caller's own making, where text and numbers are equally welcome. */
function isOpen(kind: RecordKind, path: Path): boolean {
  return kind.open.some((prefix) => prefix.every((part, i) => path[i] === part));
}

/** Sets a value that `structuredClone` would not copy as it is. */
function assign(record: object, path: Path, value: unknown): void {
  let holder = record as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) holder = holder[part] as Record<string | number, unknown>;
  holder[path.at(-1)!] = value;
}

function nested(depth: number): object {
  return depth === 0 ? {} : { inner: nested(depth - 1) };
}
