/**
 * The machine's rate as a contender: float32 products of two square matrices in TensorFlow, through our engine.
 *
 *   node … src/our-matmul.ts PRODUCTS SIZE
 */
import { tensorflow } from '@paperlab/engine';
import { dispose, matMul, randomUniform, slice, type Tensor } from '@tensorflow/tfjs-core';
import { serve } from './serve.js';

const [products, size] = process.argv.slice(2).map(Number) as [number, number];
const engine = await tensorflow({ report: console.error });
const [a, b] = [1, 2].map((seed) => randomUniform([size, size], 0, 1, 'float32', seed)) as [Tensor, Tensor];
// Inputs, as TensorFlow would multiply constants once. One number of the product is read: all of it is there then.
const multiply = engine.compile((x: Tensor, y: Tensor) => slice(matMul(x, y), [0, 0], [1, 1]));

async function round() {
  const start = performance.now();
  for (let done = 0; done < products; done++) {
    const corner = await multiply.run(a, b);
    corner.dataSync();
    dispose(corner);
  }
  return { seconds: (performance.now() - start) / 1000, steps: products };
}

await round(); // warms up
await serve(round);
await engine.dispose();
