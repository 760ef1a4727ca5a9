import { describe, expect, it } from 'vitest';
import { aRegistry, aRequest } from '../a-registry.ts';

describe('a change of champion', () => {
  it.each([undefined, null, 'now'])('asked for with %j is refused, and nothing is written', async (request) => {
    const { registry, storage } = await aRegistry();
    const { versionId, modelName } = await registry.registerModel(aRequest(0.7));
    const refused = { code: 'INVALID_RECORD', message: expect.stringMatching(/must say/) };
    await expect(registry.promoteToProduction(versionId, request as never)).rejects.toMatchObject(refused);
    await expect(registry.rollback(request as never)).rejects.toMatchObject(refused);
    expect((await storage.promotions.list(modelName)).items).toEqual([]);
  });
});
