/** Indices of values in ascending order. */
export function sortedOrder(values: Float64Array): Uint32Array {
  return Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
}

/** Distance of each value to its k-th nearest other value. @param k - 1 to values.length − 1. */
export function kthDistances(values: Float64Array, k: number): Float64Array {
  const order = sortedOrder(values);
  const distances = new Float64Array(values.length);
  for (let place = 0; place < order.length; place++) {
    const value = values[order[place]!]!;
    let left = place - 1;
    let right = place + 1;
    let distance = 0;
    for (let found = 0; found < k; found++) {
      const toLeft = left < 0 ? Number.POSITIVE_INFINITY : value - values[order[left]!]!;
      const toRight = right >= order.length ? Number.POSITIVE_INFINITY : values[order[right]!]! - value;
      distance = Math.min(toLeft, toRight);
      if (toLeft <= toRight) left--;
      else right++;
    }
    distances[order[place]!] = distance;
  }
  return distances;
}

/**
 * Chebyshev distance of each point (x, y) to its k-th nearest other point.
 * @remarks Walks outwards along x until no nearer point can come.
 */
export function kthDistancesInPlane(x: Float64Array, y: Float64Array, k: number): Float64Array {
  const order = sortedOrder(x);
  const distances = new Float64Array(x.length);
  const nearest = new Float64Array(k);
  for (let place = 0; place < order.length; place++) {
    const row = order[place]!;
    nearest.fill(Number.POSITIVE_INFINITY);
    let left = place - 1;
    let right = place + 1;
    for (;;) {
      const toLeft = left < 0 ? Number.POSITIVE_INFINITY : x[row]! - x[order[left]!]!;
      const toRight = right >= order.length ? Number.POSITIVE_INFINITY : x[order[right]!]! - x[row]!;
      const along = Math.min(toLeft, toRight);
      if (along >= nearest[k - 1]!) break;
      const other = order[toLeft <= toRight ? left-- : right++]!;
      insert(nearest, Math.max(along, Math.abs(y[row]! - y[other]!)));
    }
    distances[row] = nearest[k - 1]!;
  }
  return distances;
}

/** How many other values lie strictly nearer to each than its distance. */
export function neighboursWithin(values: Float64Array, distances: Float64Array): Uint32Array {
  const order = sortedOrder(values);
  const counts = new Uint32Array(values.length);
  for (let place = 0; place < order.length; place++) {
    const row = order[place]!;
    const isNear = (other: number) => Math.abs(values[order[other]!]! - values[row]!) < distances[row]!;
    const below = boundary(place, 0, isNear);
    const above = boundary(place, order.length - 1, isNear);
    counts[row] = above - below;
  }
  return counts;
}

/** The place furthest from `from` towards `to` that is still near; nearness ends once, on the way. */
function boundary(from: number, to: number, isNear: (place: number) => boolean): number {
  const step = to < from ? -1 : 1;
  let near = 0;
  let far = Math.abs(to - from) + 1;
  while (far - near > 1) {
    const middle = (near + far) >>> 1;
    if (isNear(from + step * middle)) near = middle;
    else far = middle;
  }
  return from + step * near;
}

/** Puts a value into an ascending list in place of its last, if it is smaller. */
function insert(sorted: Float64Array, value: number): void {
  if (value >= sorted[sorted.length - 1]!) return;
  let at = sorted.length - 1;
  while (at > 0 && sorted[at - 1]! > value) {
    sorted[at] = sorted[at - 1]!;
    at--;
  }
  sorted[at] = value;
}
