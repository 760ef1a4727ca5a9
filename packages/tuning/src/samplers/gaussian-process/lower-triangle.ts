/**
 * Lower triangular matrices of size n, row by row in one array of n² numbers; what lies above the diagonal is neither
 * read nor written.
 */

/**
 * Cholesky's factor in place: A = L·Lᵀ.
 * @param matrix - Symmetric; its lower triangle becomes L.
 * @returns whether A is positive definite, as far as rounding lets it be seen; if not, the matrix is spoiled.
 * @remarks n³/6 multiplications.
 */
export function factorize(matrix: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j < i; j++) {
      const other = j * n;
      matrix[row + j] = (matrix[row + j]! - dot(matrix, row, matrix, other, j)) / matrix[other + j]!;
    }
    const square = matrix[row + i]! - dot(matrix, row, matrix, row, i);
    if (!(square > 0)) return false;
    matrix[row + i] = Math.sqrt(square);
  }
  return true;
}

/**
 * The inverse of a lower triangular matrix, which is one too.
 * @param inverse - Written; another array than `factor`.
 * @remarks n³/6 multiplications.
 */
export function invertLower(factor: Float64Array, inverse: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    inverse.fill(0, row, row + i);
    for (let k = 0; k < i; k++) addMultiple(inverse, row, -factor[row + k]!, inverse, k * n, k + 1);
    const diagonal = 1 / factor[row + i]!;
    for (let j = 0; j < i; j++) inverse[row + j] = inverse[row + j]! * diagonal;
    inverse[row + i] = diagonal;
  }
}

/**
 * MᵀM of a lower triangular M: with M the inverse of a Cholesky factor, the inverse of what was factorized.
 * @param product - Written, its lower triangle; another array than `lower`.
 * @remarks n³/6 multiplications.
 */
export function gram(lower: Float64Array, product: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) product.fill(0, i * n, i * n + i + 1);
  for (let k = 0; k < n; k++) {
    const row = k * n;
    for (let i = 0; i <= k; i++) addMultiple(product, i * n, lower[row + i]!, lower, row, i + 1);
  }
}

/**
 * out = M·x, of the first n rows.
 * @param size - Of the whole matrix.
 */
export function timesLower(lower: Float64Array, x: Float64Array, out: Float64Array, n: number, size = n): void {
  for (let i = 0; i < n; i++) out[i] = dot(lower, i * size, x, 0, i + 1);
}

/** out = Mᵀ·x. */
export function timesLowerTransposed(lower: Float64Array, x: Float64Array, out: Float64Array, n: number): void {
  out.fill(0, 0, n);
  for (let k = 0; k < n; k++) addMultiple(out, 0, x[k]!, lower, k * n, k + 1);
}

/** Σ aᵢ·bᵢ over `count` numbers from a place each. Four sums at a time: one would wait for itself. */
export function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < count; i += 4) {
    s0 += a[fromA + i]! * b[fromB + i]!;
    s1 += a[fromA + i + 1]! * b[fromB + i + 1]!;
    s2 += a[fromA + i + 2]! * b[fromB + i + 2]!;
    s3 += a[fromA + i + 3]! * b[fromB + i + 3]!;
  }
  for (; i < count; i++) s0 += a[fromA + i]! * b[fromB + i]!;
  return s0 + s1 + (s2 + s3);
}

function addMultiple(
  to: Float64Array,
  fromTo: number,
  factor: number,
  what: Float64Array,
  fromWhat: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) to[fromTo + i] = to[fromTo + i]! + factor * what[fromWhat + i]!;
}
