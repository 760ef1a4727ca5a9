const MAX_SWEEPS = 60;

/** A = B·diag(values)·Bᵀ. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  /** Row by row; column k belongs to the k-th value. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric matrix, by Jacobi's cyclic rotations.
 *
 * @param matrix - Row by row, shape (n · n); not modified.
 * @remarks O(n³) per sweep, some ten of them; as exact as rounding lets them be.
 * @see Golub & Van Loan (2013), Matrix Computations, section 8.5
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const a = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) if (rotate(a, vectors, n, p, q)) rotated = true;
    if (!rotated) break;
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

/** Makes a[p][q] zero; whether it was not already. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): boolean {
  const off = a[p * n + q]!;
  const [one, other] = [a[p * n + p]!, a[q * n + q]!];
  if (Math.abs(off) <= Number.EPSILON * 1e-3 * Math.sqrt(Math.abs(one * other)) || off === 0) return false;
  const theta = (other - one) / (2 * off);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[k * n + p]!, a[k * n + q]!];
    a[k * n + p] = cosine * x - sine * y;
    a[k * n + q] = sine * x + cosine * y;
  }
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[p * n + k]!, a[q * n + k]!];
    a[p * n + k] = cosine * x - sine * y;
    a[q * n + k] = sine * x + cosine * y;
    const [v, w] = [vectors[k * n + p]!, vectors[k * n + q]!];
    vectors[k * n + p] = cosine * v - sine * w;
    vectors[k * n + q] = sine * v + cosine * w;
  }
  a[p * n + q] = 0;
  a[q * n + p] = 0;
  return true;
}
