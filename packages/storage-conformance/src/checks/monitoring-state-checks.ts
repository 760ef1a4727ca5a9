import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { START, sampleMonitorState, sampleReference } from '../sample-records.ts';
import type { StorageSubject } from '../storage-subject.ts';

export const monitoringStateChecks: readonly Check<StorageSubject>[] = [
  {
    name: 'a monitor state is absent until put, and the last one put replaces the one before',
    async run({ storage: { monitorStates } }) {
      assert.equal(await monitorStates.get('v1'), undefined);
      await monitorStates.put(sampleMonitorState());
      assert.deepEqual(await monitorStates.get('v1'), sampleMonitorState());
      const later = sampleMonitorState({ sequence: 8, state: { other: 1 }, updatedAt: START + 1 });
      await monitorStates.put(later);
      assert.deepEqual(await monitorStates.get('v1'), later);
    },
  },
  {
    name: 'monitor states of two versions do not meet',
    async run({ storage: { monitorStates } }) {
      await monitorStates.put(sampleMonitorState());
      await monitorStates.put(sampleMonitorState({ modelVersionId: 'V1', sequence: 1 }));
      assert.equal((await monitorStates.get('v1'))?.sequence, 7);
      assert.equal((await monitorStates.get('V1'))?.sequence, 1);
    },
  },
  {
    name: 'a drift reference is found by version and name, and the last one put replaces the one before',
    async run({ storage: { references } }) {
      assert.equal(await references.get('v1', 'features'), undefined);
      await references.put(sampleReference());
      await references.put(sampleReference({ name: 'confidence', reference: { mean: 0.5 } }));
      await references.put(sampleReference({ modelVersionId: 'v2', reference: {} }));
      const later = sampleReference({ reference: { columns: [] }, createdAt: START + 1 });
      await references.put(later);
      assert.deepEqual(await references.get('v1', 'features'), later);
      assert.deepEqual((await references.get('v1', 'confidence'))?.reference, { mean: 0.5 });
      assert.deepEqual((await references.get('v2', 'features'))?.reference, {});
    },
  },
];
