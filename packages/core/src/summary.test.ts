import { expect, it } from '@jest/globals';
import { memory, ready } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { chain } from './blocks/block.js';
import { conv } from './blocks/conv.js';
import { dense, flatten } from './blocks/dense.js';
import { avgPool } from './blocks/pooling.js';
import { summary, summaryTable } from './summary.js';
import { exampleExperiment } from './testing/example.js';

/** Two columns that meet, a strided convolution, a layer with weights that are not trained. */
function network() {
  const image = input({ shape: [8, 8, 3] });
  const columns = ['left', 'right'].map((name) =>
    chain(conv(name, 4, 3, { padding: 'same' }), avgPool(`${name}-pool`, 2))(image),
  );
  const merged = layers.concatenate({ name: 'merged' }).apply(columns) as SymbolicTensor;
  const normed = layers.batchNormalization({ name: 'norm' }).apply(merged) as SymbolicTensor;
  const outputs = chain(
    conv('strided', 6, 3, { stride: 2 }),
    flatten('flatten'),
    dense('output', 10),
  )(normed);
  return model({ name: 'columns', inputs: image, outputs });
}

it('lists layers, shapes, parameters and multiply-accumulates', async () => {
  await ready();
  expect(`\n${summaryTable(summary(network()))}\n`).toMatchInlineSnapshot(`
   "
   layer       type                input         output  kernel  parameters    MACs
   --------------------------------------------------------------------------------
   left        Conv2D              8×8×3         8×8×4   3×3            112   6,912
   right       Conv2D              8×8×3         8×8×4   3×3            112   6,912
   left-pool   AveragePooling2D    8×8×4         4×4×4   2×2              0       0
   right-pool  AveragePooling2D    8×8×4         4×4×4   2×2              0       0
   merged      Concatenate         4×4×4, 4×4×4  4×4×8                    0       0
   norm        BatchNormalization  4×4×8         4×4×8                   32       0
   strided     Conv2D              4×4×8         1×1×6   3×3            438     432
   flatten     Flatten             1×1×6         6                        0       0
   output      Dense               6             10                      70      60
   --------------------------------------------------------------------------------
   total                                                                764  14,316
   16 parameters are not trainable
   "
  `);
});

it('gives the same as data', async () => {
  await ready();
  const { rows, parameters, trainableParameters, macs } = summary(network());
  expect(rows.find(({ layer }) => layer === 'merged')).toEqual({
    layer: 'merged',
    type: 'Concatenate',
    inputs: [
      [4, 4, 4],
      [4, 4, 4],
    ],
    output: [4, 4, 8],
    parameters: 0,
    kernelSize: undefined,
    macs: 0,
  });
  // 3×3×3 → 4 maps on 8×8 places, twice; 3×3×8 → 6 maps on one place; 6 → 10.
  expect(macs).toBe(2 * 64 * 27 * 4 + 72 * 6 + 60);
  expect([parameters, trainableParameters]).toEqual([2 * 112 + 32 + 438 + 70, 2 * 112 + 16 + 438 + 70]);
});

it('builds a Model for it, and frees it', async () => {
  await ready();
  const before = memory().numTensors;
  expect(summary(exampleExperiment().model)).toMatchObject({ model: 'linear', parameters: 34, macs: 32 });
  expect(memory().numTensors).toBe(before);
});
