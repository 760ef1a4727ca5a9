import { InvalidInputError } from '../errors.ts';

/** How near 0 and 1 a probability may come before its logarithm is taken: the resolution of a double at 1. */
const EDGE = Number.EPSILON;

/** 1 / (1 + e^(−z)) without overflow: 0 and 1 at the infinities. */
export function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const power = Math.exp(z);
  return power / (1 + power);
}

/** ln(1 + e^z) without overflow. */
export function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

/** ln p, of p no nearer than 2⁻⁵² to 0 and 1: a probability of exactly 0 is a rounded one. */
export function logProbability(p: number): number {
  return p < EDGE ? Math.log(EDGE) : p > 1 - EDGE ? Math.log1p(-EDGE) : Math.log(p);
}

/** ln(1 − p), of p no nearer than 2⁻⁵² to 0 and 1. */
export function logComplement(p: number): number {
  return p < EDGE ? Math.log1p(-EDGE) : p > 1 - EDGE ? Math.log(EDGE) : Math.log1p(-p);
}

/** @throws {@link InvalidInputError} `NOT_FINITE`. */
export function requireScore(score: number): number {
  if (Number.isFinite(score)) return score;
  throw new InvalidInputError('NOT_FINITE', `a score must be a finite number; got ${String(score)}`);
}

/** @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE`. */
export function requireProbability(p: number): number {
  if (!Number.isFinite(p)) {
    throw new InvalidInputError('NOT_FINITE', `a probability must be a finite number; got ${String(p)}`);
  }
  if (p < 0 || p > 1) throw new InvalidInputError('OUT_OF_RANGE', `a probability must be from 0 to 1; got ${p}`);
  return p;
}
