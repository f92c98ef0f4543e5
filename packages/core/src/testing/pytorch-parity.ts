import { expect, it } from '@jest/globals';
import {
  add,
  dispose,
  mean,
  mul,
  ready,
  type Scalar,
  sub,
  type Tensor,
  tensor,
  tensor1d,
  tidy,
  type Variable,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { softmaxCrossEntropy } from '../loss.js';
import type { Model } from '../model.js';
import { fastConvolutionGradients } from './convolution-gradients.js';

/** What a network computes in PyTorch, in double precision, from weights and images that are functions of their names. */
export interface PytorchFixture {
  readonly labels: readonly number[];
  readonly optimizer: { readonly lr: number; readonly momentum: number; readonly weight_decay: number };
  /** With the running statistics, `[image, class]`. */
  readonly evaluationLogits: readonly (readonly number[])[];
  /** With the statistics of the batch, `[image, class]`. */
  readonly logits: readonly (readonly number[])[];
  /** Mean cross-entropy at each step of SGD. */
  readonly losses: readonly number[];
  /** Norms by weight: of its gradient at the first step; of itself and of its change after the last. */
  readonly weights: Readonly<Record<string, readonly [gradient: number, weight: number, change: number]>>;
}

/**
 * Expects of a network, dropout off, what its fixture says, to 1e-4: of logits and losses as vectors, of each weight by
 * itself. Runs on the tfjs backend that the caller has made ready.
 * @param make    the model, with the fixture's classes and image size
 * @param fixture made by a program in tools/golden
 */
export function pytorchParity(name: string, make: () => Model, fixture: PytorchFixture): void {
  it(`${name} computes what PyTorch does, to 1e-4`, async () => {
    await ready();
    fastConvolutionGradients();
    const model = make();
    const network = model.build();
    const initial = network.weights.map(({ originalName, shape }) => drawn(originalName, shape as number[]));
    network.setWeights(initial);
    const images = drawn('images', [fixture.labels.length, ...model.inputShape]);
    const labels = tensor1d([...fixture.labels], 'int32');

    const evaluationLogits = tidy(() => numbers(network.apply(images, { training: false }) as Tensor));
    const steps = train(network, images, labels, fixture);
    expectClose(
      { evaluationLogits, logits: steps[0]!.logits, losses: steps.map(({ loss }) => loss) },
      {
        evaluationLogits: fixture.evaluationLogits.flat(),
        logits: fixture.logits.flat(),
        losses: fixture.losses,
      },
    );
    const weights = network.weights.flatMap((weight, i) => {
      const gradient = steps[0]!.gradientNorms[weight.originalName];
      if (gradient === undefined) return [];
      const norms = tidy(() => [normOf(weight.read()), normOf(sub(weight.read(), initial[i]!))]);
      return [[weight.originalName, [gradient, ...norms]] as const];
    });
    expectClose(Object.fromEntries(weights), fixture.weights);
    network.dispose();
    dispose([...initial, images, labels]);
  }, 60_000);
}

/** Steps of SGD as PyTorch computes it, with what each began from. */
function train(network: LayersModel, images: Tensor, labels: Tensor, { optimizer, losses }: PytorchFixture) {
  const weights = network.trainableWeights.map((weight) => ({
    name: weight.originalName,
    variable: weight.read() as Variable,
    velocity: variable(zeros(weight.shape as number[]), false),
  }));
  const steps = losses.map(() =>
    tidy(() => {
      let logits!: number[];
      const { value, grads } = variableGrads(
        () => {
          const output = network.apply(images, { training: true }) as Tensor;
          logits = numbers(output);
          return mean(softmaxCrossEntropy([output], labels)) as Scalar;
        },
        weights.map((weight) => weight.variable),
      );
      const gradientNorms: Record<string, number> = {};
      for (const { name, variable, velocity } of weights) {
        const gradient = grads[variable.name]!;
        gradientNorms[name] = normOf(gradient);
        const decayed = add(gradient, mul(variable, optimizer.weight_decay));
        velocity.assign(add(mul(velocity, optimizer.momentum), decayed));
        variable.assign(sub(variable, mul(velocity, optimizer.lr)));
      }
      return { loss: numbers(value)[0]!, logits, gradientNorms };
    }),
  );
  dispose(weights.map(({ velocity }) => velocity));
  return steps;
}

/** By the last part of a weight's name. A kernel's range keeps the size of what it is applied to. */
const ranges: Readonly<Record<string, (shape: number[]) => [low: number, high: number]>> = {
  kernel: (shape) => {
    const bound = Math.sqrt(6 / product(shape.slice(0, -1)));
    return [-bound, bound];
  },
  gamma: () => [0.5, 1.5],
  moving_variance: () => [0.5, 1.5],
  bias: () => [-0.1, 0.1],
  beta: () => [-0.1, 0.1],
  moving_mean: () => [-0.1, 0.1],
  images: () => [-1, 1],
};

/** Numbers that are a function of a name and a shape; tools/golden/parity.py draws the same. */
function drawn(name: string, shape: number[]): Tensor {
  const [low, high] = ranges[name.split('/').at(-1)!]!(shape);
  const values = new Float32Array(product(shape));
  // Park and Miller's generator, from a polynomial of the name's letters on.
  const modulus = 2 ** 31 - 1;
  let x = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % modulus, 1);
  for (let i = 0; i < values.length; i++) {
    x = (x * 48271) % modulus;
    values[i] = low + (high - low) * (x / modulus);
  }
  return tensor(values, shape);
}

type Numbers = Readonly<Record<string, readonly number[]>>;

/** Compares vectors by name: the length of the difference by the length of what is expected. */
function expectClose(actual: Numbers, expected: Numbers): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  const errors = Object.entries(expected).map(([name, vector]) => {
    const difference = vector.map((value, i) => value - actual[name]![i]!);
    return { name, error: Math.hypot(...difference) / Math.hypot(...vector) };
  });
  if (process.env['SHOW']) {
    errors.sort((a, b) => b.error - a.error);
    console.log(errors.slice(0, 4));
    return;
  }
  expect(errors.filter(({ error }) => !(error < 1e-4))).toEqual([]);
}

/** Euclidean, in double precision. */
function normOf(tensor: Tensor): number {
  let sum = 0;
  for (const value of tensor.dataSync()) sum += value * value;
  return Math.sqrt(sum);
}

const numbers = (tensor: Tensor) => [...tensor.dataSync()];
const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
