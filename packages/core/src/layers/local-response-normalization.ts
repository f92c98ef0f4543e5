import { localResponseNormalization, type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

export interface LocalResponseNormalizationOptions {
  readonly name?: string;
  /** Channels on each side that a channel is normalised by: `n = 2 * depthRadius + 1` of them. Default 2. */
  readonly depthRadius?: number;
  /** Default 1. */
  readonly bias?: number;
  /** Multiplies the sum of squares. Default 1e-4. */
  readonly alpha?: number;
  /** Default 0.75. */
  readonly beta?: number;
}

/**
 * `x / (bias + alpha * sum of squares over n channels) ^ beta` (Krizhevsky et al. 2012, section 3.3). PyTorch, Caffe
 * and the program of 2012 divide alpha by n: their 1e-4 with n = 5 is 2e-5 here.
 */
export class LocalResponseNormalization extends layers.Layer {
  static readonly className = 'LocalResponseNormalization';
  readonly #options: Required<Omit<LocalResponseNormalizationOptions, 'name'>>;

  constructor(options: LocalResponseNormalizationOptions = {}) {
    const { depthRadius = 2, bias = 1, alpha = 1e-4, beta = 0.75, ...layer } = options;
    super(layer);
    this.#options = { depthRadius, bias, alpha, beta };
  }

  /** @param inputs images `[batch, height, width, channels]` */
  override call(inputs: Tensor | Tensor[]): Tensor {
    const { depthRadius, bias, alpha, beta } = this.#options;
    const [x] = [inputs].flat();
    return tidy(() => localResponseNormalization(x as never, depthRadius, bias, alpha, beta));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
