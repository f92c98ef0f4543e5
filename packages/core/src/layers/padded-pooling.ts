import {
  avgPool,
  div,
  maxPool,
  ones,
  pad,
  type serialization,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { layers, type Shape } from '@tensorflow/tfjs-layers';

type Pair = [height: number, width: number];
type Sides = [[top: number, bottom: number], [left: number, right: number]];

export interface PaddedPoolingOptions {
  readonly name?: string;
  /** Height and width of a window. */
  readonly poolSize: number | Pair;
  /** From one window to the next. Default: the window's size. */
  readonly strides?: number | Pair;
  /**
   * Pixels around the image, on every side or on each as Keras's ZeroPadding2D has them. Windows that do not fit into it
   * are left out; Caffe and PyTorch's `ceil_mode` keep them: pad the bottom and the right by as much as they lack. Smaller
   * than the window.
   */
  readonly padding: number | Sides;
}

export interface PaddedAveragePoolingOptions extends PaddedPoolingOptions {
  /** Whether the mean is over all pixels of a window, padding included, or over those of the image. Default true, as in PyTorch. */
  readonly countIncludePad?: boolean;
}

/** Pooling with padding in pixels, as Caffe and PyTorch have it; tfjs's own has `valid` and `same`. Channels are last. */
abstract class PaddedPooling2D extends layers.Layer {
  protected readonly poolSize: Pair;
  protected readonly strides: Pair;
  protected readonly padding: Sides;

  constructor({ poolSize, strides = poolSize, padding, ...layer }: PaddedPoolingOptions) {
    super(layer);
    this.poolSize = pair(poolSize);
    this.strides = pair(strides);
    this.padding = typeof padding === 'number' ? [pair(padding), pair(padding)] : padding;
    this.#check('poolSize', this.poolSize, 1);
    this.#check('strides', this.strides, 1);
    this.#check('padding', this.padding.flat(), 0);
    if (this.padding.some((sides, axis) => Math.max(...sides) >= this.poolSize[axis]!))
      throw new Error(`${this.name}: padding is smaller than the window; some windows would lie in it alone`);
  }

  #check(option: string, values: readonly number[], least: number): void {
    if (values.every((value) => Number.isInteger(value) && value >= least)) return;
    throw new Error(
      `${this.name}: ${option} takes whole numbers from ${least} on; it was given ${values.join(', ')}`,
    );
  }

  /** @throws if a window is larger than the padded image */
  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, height, width, channels] = inputShape as Shape;
    const windows = [height, width].map((size, axis) => {
      if (size == null) return null;
      const padded = size + this.padding[axis]![0] + this.padding[axis]![1];
      const count = Math.floor((padded - this.poolSize[axis]!) / this.strides[axis]!) + 1;
      if (count > 0) return count;
      throw new Error(
        `${this.name}: a window of ${this.poolSize.join(' x ')} does not fit into ${height} x ${width} pixels with their padding`,
      );
    });
    return [batch!, ...windows, channels!];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => this.pool([inputs].flat()[0] as Tensor4D));
  }

  /** @param images `[batch, height, width, channels]` */
  protected abstract pool(images: Tensor4D): Tensor4D;

  override getConfig(): serialization.ConfigDict {
    const { poolSize, strides, padding } = this;
    return { ...super.getConfig(), poolSize, strides, padding };
  }
}

/** The maximum over windows; padding is never the maximum. */
export class PaddedMaxPooling2D extends PaddedPooling2D {
  static readonly className = 'PaddedMaxPooling2D';

  protected override pool(images: Tensor4D): Tensor4D {
    return maxPool(images, this.poolSize, this.strides, [[0, 0], ...this.padding, [0, 0]]);
  }
}

/** The mean over windows. */
export class PaddedAveragePooling2D extends PaddedPooling2D {
  static readonly className = 'PaddedAveragePooling2D';
  readonly #countIncludePad: boolean;

  constructor({ countIncludePad = true, ...options }: PaddedAveragePoolingOptions) {
    super(options);
    this.#countIncludePad = countIncludePad;
  }

  // Not tfjs's padding in pixels: its gradient divides by the window's size where its mean divides by the image's pixels.
  protected override pool(images: Tensor4D): Tensor4D {
    const mean = (x: Tensor4D) =>
      avgPool(pad(x, [[0, 0], ...this.padding, [0, 0]]), this.poolSize, this.strides, 'valid');
    if (this.#countIncludePad) return mean(images);
    const [, height, width] = images.shape;
    const covered = mean(ones([1, height, width, 1])); // the share of each window that is image
    return div(mean(images), covered);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), countIncludePad: this.#countIncludePad };
  }
}

const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);
