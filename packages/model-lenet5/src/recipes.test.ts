import { expect, it } from '@jest/globals';
import { recipes } from './recipes.js';

it("follows the seed's learning rates, epoch by epoch", () => {
  const { optimizer, epochs } = recipes.seed;
  const rates = Array.from({ length: epochs }, (_, epoch) => {
    const progress = { epoch, step: epoch * 1875, stepsPerEpoch: 1875, epochs: 20, history: [] };
    return optimizer.hyperparameters(progress).learningRate;
  });
  expect(rates.map((rate) => rate * 1e5)).toMatchInlineSnapshot(`
   [
     50,
     50,
     50,
     20,
     20,
     20,
     5,
     5,
     5,
     5,
     1,
     1,
     1,
     1,
     1,
     1,
     1,
     1,
     1,
     1,
   ]
  `);
});
