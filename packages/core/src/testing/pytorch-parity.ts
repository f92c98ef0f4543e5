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
import { withInitializers } from '../initialization.js';
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
    const network = withInitializers(
      (_, weight) => ({ apply: (shape) => drawn(weight, shape) }),
      () => model.build(),
    );
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
    const weights = network.trainableWeights.map((weight) => {
      const name = weight.originalName;
      return tidy(() => {
        const change = sub(weight.read(), drawn(name, weight.shape as number[]));
        return [name, [steps[0]!.gradientNorms[name]!, normOf(weight.read()), normOf(change)]] as const;
      });
    });
    expectClose(Object.fromEntries(weights), fixture.weights);
    network.dispose();
    dispose([images, labels]);
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

function rangeOf(name: string, shape: readonly number[]): [low: number, high: number] {
  // What a kernel is applied to keeps its size.
  if (name.endsWith('/kernel')) return around(0, Math.sqrt(6 / product(shape.slice(0, -1))));
  // Residual branches count for little, else rounding errors grow from block to block.
  if (/_\d+\/conv\d\/bn\/gamma$/.test(name)) return around(0.2, 0.1);
  if (/\/(gamma|moving_variance)$/.test(name)) return around(1, 0.5);
  return name === 'images' ? around(0, 1) : around(0, 0.1);
}

const around = (middle: number, by: number): [number, number] => [middle - by, middle + by];

const MODULUS = 2 ** 31 - 1;

/** Numbers that are a function of a name and a shape; tools/golden/parity.py draws the same. */
function drawn(name: string, shape: number[]): Tensor {
  const [low, high] = rangeOf(name, shape);
  const values = new Float32Array(product(shape));
  let x = 1;
  for (let i = 0; i < name.length; i++) x = (x * 31 + name.charCodeAt(i)) % MODULUS;
  for (let i = 0; i < values.length; i++) {
    // Park and Miller's x = 48271 x mod 2^31 - 1, by Schrage's method: in 32 bits.
    x = 48271 * (x % 44488) - 3399 * ((x / 44488) | 0);
    if (x < 0) x += MODULUS;
    values[i] = low + (high - low) * (x / MODULUS);
  }
  return tensor(values, shape);
}

type Numbers = Readonly<Record<string, readonly number[]>>;

function show(actual: Numbers, expected: Numbers) {
  const vec = (w: Numbers, i: number) => Object.keys(expected).map((name) => w[name]![i]!);
  for (const i of [0, 1, 2]) {
    const [x, y] = [vec(actual, i), vec(expected, i)];
    const each = x.map((v, j) => Math.abs(v / y[j]! - 1)).sort((p, q) => q - p);
    console.log(['gradient', 'weight', 'change'][i], 'vector', Math.hypot(...x.map((v, j) => v - y[j]!)) / Math.hypot(...y), 'each', each.slice(0, 3).join(' '));
  }
}
/** Compares vectors by name: the length of the difference by the length of what is expected. */
function expectClose(actual: Numbers, expected: Numbers): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  const errors = Object.entries(expected).map(([name, vector]) => {
    const difference = vector.map((value, i) => value - actual[name]![i]!);
    return { name, error: Math.hypot(...difference) / Math.hypot(...vector) };
  });
  if (process.env['SHOW']) {
    if (errors.length > 5) show(actual, expected);
    else console.log(errors.map((e) => `${e.name} ${e.error}`).join(', '));
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
