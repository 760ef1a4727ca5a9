const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

/** The smallest double above a finite one; infinity above the largest. */
export function doubleAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  float[0] = value;
  bits[0] = bits[0]! + (value > 0 ? 1n : -1n);
  return float[0];
}

/** The largest double below a finite one. */
export function doubleBelow(value: number): number {
  return -doubleAbove(-value);
}
