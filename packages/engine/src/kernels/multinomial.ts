import {
  log,
  Multinomial,
  type MultinomialAttrs,
  scalar,
  type Tensor,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { type Kernel, kernel } from './kernel.js';

/**
 * Draws of classes: eagerly a function of the seed, as in tfjs; in a compiled function they go on from call to call.
 * tfjs-node's repeats nothing and refuses probabilities.
 */
export const multinomial: Kernel = kernel<MultinomialAttrs>(
  Multinomial,
  (backend, { logits }, { numSamples, seed, normalized }) =>
    tidy(() => {
      const scores = normalized ? log(logits as Tensor) : (logits as Tensor);
      const count = scalar(numSamples, 'int32');
      const types = { T: 'float32', output_dtype: 'int32' } as const;
      const [low, high] = new Int32Array(Float64Array.of(seed).buffer);
      if (backend.runtime.trace) {
        return backend.execute('Multinomial', [scores, count], { seed: low!, seed2: high!, ...types })[0]!;
      }
      const inputs = [scores, count, tensor1d([low!, high!], 'int32')];
      return backend.execute('StatelessMultinomial', inputs, { Tseed: 'int32', ...types })[0]!;
    }),
);
