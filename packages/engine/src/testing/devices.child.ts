/** Two logical CPU devices: scopes, gradients, variables, and how TensorFlow partitioned a net of two columns. */
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { layers as layersModule } from '@tensorflow/tfjs-layers';
import type { TensorFlowBackend } from '../backend.js';
import { tensorflow } from '../index.js';
import { report } from './run-child.js';

type Layer = ReturnType<typeof layersModule.dense>;

const engine = await tensorflow({ cpuDevices: 2, gpuMemoryLimit: 1024 });
report({ devices: await engine.devices() });

/** Two columns that see each other at layer 2 and at the output. */
function columns() {
  const dense = (name: string, units: number, of: SymbolicTensor, activation?: 'tanh') => {
    const kernelInitializer = 'glorotNormal';
    return layers
      .dense({ name, units, activation, kernelInitializer, useBias: true })
      .apply(of) as SymbolicTensor;
  };
  const both = (name: string, a: SymbolicTensor, b: SymbolicTensor) =>
    layers.concatenate({ name }).apply([a, b]) as SymbolicTensor;
  const image = input({ shape: [6] });
  const [a1, b1] = [dense('a1', 4, image, 'tanh'), dense('b1', 4, image, 'tanh')];
  const a2 = dense('a2', 3, both('a_sees_both', a1, b1), 'tanh');
  const b2 = dense('b2', 3, both('b_sees_both', a1, b1), 'tanh');
  return model({ inputs: image, outputs: dense('a3', 5, both('a_output', a2, b2)) });
}

/** Gives every weight fixed values, so that all nets are equal. */
function fill(net: ReturnType<typeof columns>): void {
  net.setWeights(
    net.weights.map(({ shape }, i) => {
      const size = shape.reduce((product: number, n) => product * n!, 1);
      return tf.tensor(
        Array.from({ length: size }, (_, j) => Math.sin(i + 0.7 * j)),
        shape as number[],
      );
    }),
  );
}

/** Runs the layers of each column, and its variables, on the column's device. */
function place(net: ReturnType<typeof columns>): void {
  for (const layer of net.layers as Layer[]) {
    const device = layer.name.startsWith('a') ? 'CPU:0' : 'CPU:1';
    const call = layer.call.bind(layer);
    layer.call = (...args) => engine.withDevice(device, () => call(...args));
    engine.place(
      layer.weights.map((weight) => weight.read() as tf.Variable),
      device,
    );
  }
}

/** Trains with tfjs's optimizer, which knows nothing of devices, or with TensorFlow's op. */
async function train(placed: boolean, fused: boolean) {
  const net = columns();
  fill(net);
  if (placed) place(net);
  const weights = net.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const slots = weights.map((weight) => tf.variable(tf.zerosLike(weight), false));
  const momentum = tf.train.momentum(0.1, 0.9);
  const step = engine.compile((images: tf.Tensor, labels: tf.Tensor) => {
    const { value, grads } = tf.variableGrads(
      () => tf.losses.softmaxCrossEntropy(labels, net.apply(images) as tf.Tensor) as tf.Scalar,
      weights,
    );
    if (!fused) momentum.applyGradients(grads as never);
    else {
      weights.forEach((weight, i) => {
        const inputs = { weight, slot: slots[i]!, rate: tf.scalar(0.1), gradient: grads[weight.name]! };
        tf.engine().runKernel('ResourceApplyMomentum', { ...inputs, momentum: tf.scalar(0.9) });
      });
    }
    return value;
  });
  const images = tf.tensor(
    Array.from({ length: 8 * 6 }, (_, i) => Math.cos(i)),
    [8, 6],
  );
  const labels = tf.oneHot([0, 1, 2, 3, 4, 0, 1, 2], 5);
  const losses: number[] = [];
  const partitions = await engine.partitions(async () => {
    for (let i = 0; i < 5; i++) losses.push((await step.run(images, labels)).dataSync()[0]!);
  });
  return { losses, weights: weights.map((weight) => Array.from(weight.dataSync())), partitions };
}

for (const fused of [true, false]) {
  report({ [fused ? 'fused' : 'rule']: { one: await train(false, fused), two: await train(true, fused) } });
}

// Nesting, variables, eager ops.
const backend = tf.backend() as unknown as TensorFlowBackend;
const on = (device: string) => engine.withDevice(device, () => tf.add(tf.ones([2]), 1));
report({
  nested: engine.withDevice('cpu:1', () => {
    const inner = on('CPU:0');
    const outer = tf.add(tf.ones([2]), 1);
    return [backend.device(inner), backend.device(outer)];
  }),
  after: backend.device(tf.add(tf.ones([2]), 1)) ?? 'none',
  follows: backend.device(tf.mul(on('CPU:1'), 3)),
  variable: engine.withDevice('CPU:1', () => backend.device(tf.variable(tf.zeros([2])))),
});
const x = on('CPU:1');
const eager = tf.grad((t: tf.Tensor) => {
  const [a, b] = [
    engine.withDevice('CPU:0', () => tf.square(t)),
    engine.withDevice('CPU:0', () => tf.mul(t, 3)),
  ];
  return tf.add(a, b);
})(x);
report({ eager: { device: backend.device(eager), values: Array.from(eager.dataSync()) } });

// A function on a device.
const elsewhere = engine.compile(
  (value: tf.Tensor) => tf.mul(value, tf.variable(tf.ones([2]), true, 'made')),
  {
    device: (await engine.devices())[1]!,
  },
);
const partitions = await engine.partitions(() => elsewhere.run(tf.ones([2])));
report({
  function: partitions.map(({ device, operations }) => [device, operations.some(({ op }) => op === 'Mul')]),
  made: backend.device(tf.engine().state.registeredVariables['made']!),
});

// Refusals.
const failure = async (run: () => unknown) => {
  try {
    await run();
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
};
report({
  unknown: await failure(() => engine.withDevice('gpu:1', () => 0)),
  unknownCompiled: await failure(() => engine.compile(() => 0, { device: { name: 'CPU:2', type: 'CPU' } })),
  asynchronous: await failure(() => engine.withDevice('CPU:1', async () => 0)),
});

// Collectives between the devices.
const group = engine.group(['CPU:0', 'cpu:1'], { timeout: 10 });
const values = (tensors: readonly tf.Tensor[]) => tensors.map((tensor) => Array.from(tensor.dataSync()));
const each = engine.compile((a: tf.Tensor, b: tf.Tensor) => {
  const [sum, mean, min] = (['sum', 'mean', 'min'] as const).map((how) => group.allReduce([a, b], how));
  return {
    sum: sum!,
    mean: mean!,
    min: min!,
    gathered: group.allGather([a, b]),
    broadcast: group.broadcast([a, b]),
  };
});
const [one, two] = [tf.fill([2], 1), tf.fill([2], 2)];
const { sum, mean, min, gathered, broadcast } = await each.run(one, two);
const summed = engine.compile((a: tf.Tensor, b: tf.Tensor) => group.allReduce([a, b])[0]!);
const repeated = await summed.repeat(3, tf.stack([one, one, one]), tf.stack([two, two, two]));
report({
  collectives: {
    size: group.size,
    sum: values(sum),
    mean: values(mean),
    min: values(min),
    gathered: values(gathered),
    broadcast: values(broadcast),
    repeated: repeated.arraySync(),
  },
  outside: await failure(() => group.allReduce([one, two])),
  tooFew: await failure(() => engine.compile(() => group.allReduce([one])).run()),
  twice: await failure(() => engine.group(['CPU:0', 'CPU:0'])),
});

// Ops without kernels.
const nccl = () => {
  const attributes = { T: 'float32', reduction: 'sum', num_devices: 1, shared_name: '' } as const;
  return backend.execute('NcclAllReduce', [tf.ones([2])], attributes);
};
report({
  noKernelEager: await failure(() => engine.withDevice('CPU:1', nccl)),
  noKernelCompiled: await failure(() => engine.compile(() => engine.withDevice('CPU:1', nccl)).run()),
});
