/**
 * A seed of a dropout mask: a hash of what the mask is for, each number stirred in with MurmurHash3's finaliser.
 * @param parts - Whole numbers in [0, 2^32).
 * @returns a whole number in [0, 2^32).
 */
export function maskSeed(...parts: readonly number[]): number {
  let hash = 0x9747b28c;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}
