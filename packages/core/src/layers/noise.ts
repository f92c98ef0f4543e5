import {
  add,
  cast,
  engine,
  getBackend,
  getKernel,
  greaterEqual,
  mul,
  slice,
  sub,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { randomKey, statelessNormal, statelessUniform, stepRandomness } from '../random.js';
import { currentReplica } from '../replica.js';
import { overrideCall } from './stock-layers.js';

/** What is told apart by its name draws numbers of its own. */
interface Drawing {
  readonly name: string;
  readonly seed?: number;
}

interface Dropout extends Drawing {
  readonly rate: number;
}

interface Dropping extends layers.Layer, Dropout {
  readonly name: string;
  readonly noiseShape?: number[];
  getNoiseShape?(input: Tensor): number[] | undefined;
}

interface GaussianNoise extends layers.Layer {
  readonly stddev: number;
}

/** Of selu (Klambauer et al., "Self-normalizing neural networks", 2017): what a dropped unit is set to. */
const ALPHA_PRIME = -1.6732632423543772 * 1.0507009873554805;

/**
 * Makes the layers that draw random numbers in training draw on the device: tfjs draws in JavaScript, which a compiled
 * function would do once, when it is traced. Within `withStepRandomness` the draws are a function of the seed, the
 * step and the layer's name, on every backend. Else they come from TensorFlow's stateful ops, or, where there are
 * none, from tfjs as ever.
 */
export function drawOnDevice(): void {
  for (const name of ['Dropout', 'SpatialDropout1D']) {
    overrideCall<Dropping>(name, (layer, [input], { training }) =>
      whileTraining(training && between(layer.rate), () =>
        dropped(layer, input, layer.getNoiseShape?.(input) ?? input.shape),
      ),
    );
  }
  overrideCall<Dropping>('AlphaDropout', (layer, [input], { training }) =>
    whileTraining(training && between(layer.rate), () => {
      const kept = mask(layer, layer.noiseShape ?? input.shape);
      if (!kept) return undefined;
      const { rate } = layer;
      const a = ((1 - rate) * (1 + rate * ALPHA_PRIME ** 2)) ** -0.5;
      const dropped = add(mul(input, kept), mul(sub(1, kept), ALPHA_PRIME));
      return add(mul(dropped, a), -a * ALPHA_PRIME * rate);
    }),
  );
  overrideCall<Dropping>('GaussianDropout', (layer, [input], { training }) =>
    whileTraining(training && between(layer.rate), () => {
      const noise = draw(layer, 'normal', input.shape);
      return noise && mul(input, add(1, mul(noise, Math.sqrt(layer.rate / (1 - layer.rate)))));
    }),
  );
  overrideCall<GaussianNoise>('GaussianNoise', (layer, [input], { training }) =>
    whileTraining(training, () => {
      const noise = draw(layer, 'normal', input.shape);
      return noise && add(input, mul(noise, layer.stddev));
    }),
  );
}

const between = (rate: number) => rate > 0 && rate < 1;

/** `compute` may return nothing: the layer's own computation follows. */
function whileTraining(training: boolean | undefined, compute: () => Tensor | undefined): Tensor | undefined {
  return training ? tidy(() => compute() as Tensor) : undefined;
}

/**
 * The input with units dropped and the others scaled up.
 * @param shape of the mask, which is broadcast
 * @returns nothing where the backend cannot draw
 */
export function dropped(dropout: Dropout, input: Tensor, shape: number[]): Tensor | undefined {
  const kept = mask(dropout, shape);
  return kept && mul(input, mul(kept, 1 / (1 - dropout.rate)));
}

/** 1 where a unit is kept, 0 where it is dropped. */
function mask(layer: Dropout, shape: number[]): Tensor | undefined {
  const uniform = draw(layer, 'uniform', shape);
  return uniform && cast(greaterEqual(uniform, layer.rate), 'float32');
}

const STATELESS = { uniform: statelessUniform, normal: statelessNormal };
const STATEFUL = { uniform: 'RandomUniform', normal: 'RandomStandardNormal' };

function draw(
  { name, seed }: Drawing,
  distribution: 'uniform' | 'normal',
  shape: number[],
): Tensor | undefined {
  const random = stepRandomness();
  if (random) {
    const key = randomKey(random.seed, `${name}/noise`);
    const drawn = (whole: number[]) => STATELESS[distribution](whole, key, 0, 1, random.step);
    const replica = currentReplica();
    if (!replica || shape[0] !== replica.count || replica.count === replica.of) return drawn(shape);
    const rest = shape.slice(1);
    const begin = [replica.from, ...rest.map(() => 0)];
    return slice(drawn([replica.of, ...rest]), begin, shape);
  }
  const op = STATEFUL[distribution];
  if (!getKernel(op, getBackend())) return undefined;
  return engine().runKernel(op, {}, { shape, seed: seed ?? 0 }) as Tensor;
}
