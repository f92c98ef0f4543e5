import { image, matMul, reshape, type Tensor2D, tensor2d, type Tensor4D } from '@tensorflow/tfjs-core';

/** Bilinear resize with half-pixel centres, as TensorFlow's ResizeBilinear, or with `antialias` as below. */
export function resized(
  images: Tensor4D,
  size: readonly [height: number, width: number],
  antialias = false,
): Tensor4D {
  return antialias ? resizeAntialiased(images, size) : image.resizeBilinear(images, [...size], false, true);
}

/**
 * Bilinear resize that, where it shrinks, averages all pixels that a new one covers: as TensorFlow's ScaleAndTranslate with
 * the triangle kernel, and torchvision with `antialias`. Each side is a matrix product.
 * @param images float32 `[batch, height, width, channels]`
 */
function resizeAntialiased(images: Tensor4D, [height, width]: readonly [number, number]): Tensor4D {
  const [batch, fromHeight, fromWidth, channels] = images.shape;
  const columns = reshape(images, [batch, fromHeight, fromWidth * channels]);
  const shrunk = matMul(triangleWeights(fromHeight, height), columns);
  const rows = reshape(shrunk, [batch * height, fromWidth, channels]);
  return reshape(matMul(triangleWeights(fromWidth, width), rows), [batch, height, width, channels]);
}

/** How much of each old pixel is in each new one, `[to, from]`: a triangle around the new one's centre. */
function triangleWeights(from: number, to: number): Tensor2D {
  const scale = from / to;
  const radius = Math.max(scale, 1);
  const rows = Array.from({ length: to }, (_, pixel) => {
    const centre = (pixel + 0.5) * scale;
    const weights = Array.from({ length: from }, (_, old) =>
      Math.max(0, 1 - Math.abs(old + 0.5 - centre) / radius),
    );
    const sum = weights.reduce((total, weight) => total + weight);
    return weights.map((weight) => weight / sum);
  });
  return tensor2d(rows, [to, from]);
}

/** Rounds to a whole pixel as Python and TensorFlow round. */
export function halfToEven(value: number): number {
  const down = Math.floor(value);
  return value - down === 0.5 ? down + (down % 2) : Math.round(value);
}
