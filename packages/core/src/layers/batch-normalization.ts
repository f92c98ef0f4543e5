import {
  add,
  customGrad,
  dispose,
  engine,
  getBackend,
  getKernel,
  keep,
  mul,
  ones,
  reshape,
  sub,
  type Tensor,
  tensor1d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { currentReplica } from '../replica.js';
import { overrideCall } from './stock-layers.js';
import { synchronized } from './synchronized-batch-normalization.js';

const OP = 'FusedBatchNormV3';
const GRADIENT = 'FusedBatchNormGradV3';

interface BatchNormalization extends layers.Layer {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly gamma?: Weight;
  readonly beta?: Weight;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
}

interface Weight {
  read(): Tensor;
  write(value: Tensor): unknown;
}

/**
 * Batch normalisation in training by TensorFlow's op, and its gradient by another: tfjs composes each of some twenty.
 * Where the channels are not last, or the backend has no such op, tfjs's own composition runs.
 */
export function fuseBatchNormalization(): void {
  overrideCall<BatchNormalization>('BatchNormalization', (layer, [input], { training }) => {
    const channelsLast = layer.axis === -1 || layer.axis === input.rank - 1;
    if (!training || !channelsLast) return undefined;
    const sum = currentReplica()?.sum;
    if (sum) return tidy(() => normalizeOverReplicas(layer, input, sum));
    return getKernel(OP, getBackend()) ? tidy(() => normalize(layer, input)) : undefined;
  });
}

function normalize(layer: BatchNormalization, input: Tensor): Tensor {
  const channels = input.shape.at(-1)!;
  const x = input.rank === 4 ? input : reshape(input, [-1, 1, 1, channels]);
  const scale = layer.gamma?.read() ?? ones([channels]);
  const offset = layer.beta?.read() ?? zeros([channels]);
  const { y, mean, variance } = fused(x, scale, offset, layer.epsilon);
  // The op corrects the variance for the running average as that of a sample, which PyTorch and tf.keras 2 keep; tfjs and
  // Keras 3 keep that of the batch itself.
  const count = x.size / channels;
  const decay = 1 - layer.momentum;
  move(layer.movingMean, mean, decay);
  move(layer.movingVariance, mul(variance, (count - 1) / count), decay);
  dispose([mean, variance]);
  return input.rank === 4 ? y : reshape(y, input.shape);
}

function normalizeOverReplicas(layer: BatchNormalization, input: Tensor, sum: (x: Tensor) => Tensor): Tensor {
  const channels = [input.shape.at(-1)!];
  const scale = layer.gamma?.read() ?? ones(channels);
  const offset = layer.beta?.read() ?? zeros(channels);
  const { y, mean, variance } = synchronized(input, scale, offset, layer.epsilon, sum);
  const decay = 1 - layer.momentum;
  move(layer.movingMean, mean, decay);
  move(layer.movingVariance, variance, decay);
  dispose([mean, variance]);
  return y;
}

function fused(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number) {
  const attributes = { epsilon, is_training: true };
  let statistics!: readonly [mean: Tensor, variance: Tensor];
  const op = customGrad((...given) => {
    const args = given.slice(0, -1) as Tensor[];
    const save = given.at(-1) as unknown as (tensors: Tensor[]) => void;
    const none = tensor1d([]); // in training, it takes no statistics
    const [y, mean, variance, ...reserved] = run(OP, [...args, none, none], attributes);
    statistics = [keep(mean!), keep(variance!)]; // only the first output may leave here
    save([args[0]!, args[1]!, ...reserved]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => run(GRADIENT, [dy, ...saved], attributes).slice(0, 3);
    return { value: y!, gradFunc };
  });
  const y = op(x, scale, offset);
  return { y, mean: statistics[0], variance: statistics[1] };
}

function move(average: Weight, value: Tensor, decay: number): void {
  const former = average.read();
  average.write(add(former, mul(sub(value, former), decay)));
}

function run(op: string, inputs: readonly Tensor[], attributes: object): Tensor[] {
  const named = Object.fromEntries(inputs.map((input, i) => [`input${i}`, input]));
  return engine().runKernel(op, named, { ...attributes } as never) as unknown as Tensor[];
}
