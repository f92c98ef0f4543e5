/** Eigenvalues, the largest first, and the unit vector of each. */
interface Eigen {
  readonly values: number[];
  readonly vectors: number[][];
}

/** Rotations over all pairs after which small matrices are diagonal to the last bit. */
const SWEEPS = 50;

/** Eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's rotations. */
export function symmetricEigen(matrix: readonly (readonly number[])[]): Eigen {
  const size = matrix.length;
  const a = matrix.map((row) => [...row]);
  const vectors = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) if (a[p]![q] !== 0) rotate(a, vectors, p, q);
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return {
    values: order.map((i) => a[i]![i]!),
    vectors: order.map((i) => pointingUp(vectors.map((row) => row[i]!))),
  };
}

/** Makes `a[p][q]` 0. */
function rotate(a: number[][], vectors: number[][], p: number, q: number): void {
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
  const tangent = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const turn = (one: number, other: number) =>
    [cosine * one - sine * other, sine * one + cosine * other] as const;
  for (const row of [...a, ...vectors]) [row[p], row[q]] = turn(row[p]!, row[q]!);
  a[p]!.forEach((one, k) => ([a[p]![k], a[q]![k]] = turn(one, a[q]![k]!)));
  a[p]![q] = a[q]![p] = 0;
}

/** A vector and its opposite are the same component: the sum of this one is not below 0. */
const pointingUp = (vector: number[]) =>
  vector.reduce((sum, value) => sum + value) < 0 ? vector.map((value) => -value) : vector;
