/** Two logical CPU devices that compute a convolution each and reduce its gradient, profiled. */
import * as tf from '@tensorflow/tfjs-core';
import { tensorflow } from '../index.js';
import { report } from './run-child.js';

const engine = await tensorflow({ cpuDevices: 2 });
const before = engine.compile((x: tf.Tensor) => tf.exp(x));
await before.run(tf.ones([2]));
const profiler = await engine.profiler();

const group = engine.group(['CPU:0', 'CPU:1'], { timeout: 10 });
const weight = tf.variable(tf.randomNormal([5, 5, 1, 8]));
const gradient = (device: string, images: tf.Tensor) =>
  engine.withDevice(device, () =>
    tf.grad((w) => tf.mean(tf.square(tf.conv2d(images as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'))))(weight),
  );
const step = engine.compile(function train(x: tf.Tensor, y: tf.Tensor) {
  const [mean] = group.allReduce([gradient('CPU:0', x), gradient('CPU:1', y)], 'mean');
  weight.assign(tf.sub(weight, tf.mul(mean!, 0.1)));
  return engine.withDevice('CPU:1', () => tf.sum(y));
});
const images = [tf.randomNormal([16, 16, 16, 1]), tf.randomNormal([16, 16, 16, 1])] as const;
const run = () => step.run(...images);

const first = await profiler.record(run);
const second = await profiler.record(run);
const collectives = [second];
for (let i = 0; i < 4; i++) collectives.push(await profiler.record(run));
report({ first: first.profile, second: second.profile, result: second.result.dataSync().length });
report({
  collectives: collectives.map(({ profile }) => profile.ops.filter(({ op }) => op === 'CollectiveReduce')),
});
report({ earlier: (await profiler.record(() => before.run(tf.ones([2])))).profile.ops });

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: Error) => error.message,
  );
const [, nested] = await Promise.all([profiler.record(run), failure(profiler.record(run))]);
const thrown = await failure(profiler.record(() => Promise.reject(new Error('of the step'))));
const again = await failure(profiler.record(run));
profiler.dispose();
await engine.dispose();
report({ nested, thrown, again, disposed: await failure(engine.profiler()) });
