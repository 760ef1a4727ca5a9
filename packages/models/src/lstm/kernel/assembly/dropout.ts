/**
 * Fills `mask` with 0 (a share of `threshold` / 2^32 of them) and `scale`. Each number is decided by a hash of the
 * seed and its place, so that masks do not depend on what was drawn before.
 * @param count - A multiple of 4.
 * @see Wellons (2018), "Prospecting for Hash Functions": the multipliers of lowbias32.
 */
export function dropoutMask(mask: usize, count: i32, seed: u32, threshold: u32, scale: f32): void {
  const kept = f32x4.splat(scale);
  const limit = i32x4.splat(threshold);
  let place = i32x4(0, 1, 2, 3);
  const end = mask + (<usize>count << 2);
  for (let at = mask; at < end; at += 16) {
    let x = v128.xor(i32x4.mul(place, i32x4.splat(0x9e3779b1)), i32x4.splat(seed));
    x = v128.xor(x, i32x4.shr_u(x, 16));
    x = i32x4.mul(x, i32x4.splat(0x7feb352d));
    x = v128.xor(x, i32x4.shr_u(x, 15));
    x = i32x4.mul(x, i32x4.splat(0x846ca68b));
    x = v128.xor(x, i32x4.shr_u(x, 16));
    v128.store(at, v128.and(kept, i32x4.ge_u(x, limit)));
    place = i32x4.add(place, i32x4.splat(4));
  }
}
