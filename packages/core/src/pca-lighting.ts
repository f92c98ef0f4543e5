import {
  concat,
  cos,
  log,
  matMul,
  mul,
  sin,
  slice,
  sqrt,
  sub,
  tensor2d,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { RandomTransform } from './dataset.js';

type PcaLighting = Extract<RandomTransform, { name: 'pcaLighting' }>;

/**
 * The colours that `pcaLighting` adds to images: the sum of all eigenvectors, each times its eigenvalue, `std`, and a normal
 * number. These are r(u0) cos(2π u1), r(u0) sin(2π u1) and r(u2) cos(2π u3), with r(u) = √(-2 ln(1 - u)).
 * @param draws `[n, 4]`
 * @returns float32 `[n, 3]`
 */
export function lightingShift(
  { eigenvalues, eigenvectors, std = 0.1 }: PcaLighting,
  draws: Tensor2D,
): Tensor2D {
  return tidy(() => {
    const numbers = (column: number) => slice(draws, [0, column], [-1, 1]);
    const radius = (column: number) => sqrt(mul(-2, log(sub(1, numbers(column)))));
    const angle = (column: number) => mul(2 * Math.PI, numbers(column));
    const normals = concat(
      [mul(radius(0), cos(angle(1))), mul(radius(0), sin(angle(1))), mul(radius(2), cos(angle(3)))],
      1,
    ) as Tensor2D;
    const components = eigenvectors.map((vector, i) => vector.map((value) => value * eigenvalues[i]! * std));
    return matMul(normals, tensor2d(components));
  });
}
