import { dropout, type Tensor } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { dropped } from './noise.js';
import { overrideCall } from './stock-layers.js';

/** What drops units of a cell: tfjs's own `dropout` if undefined. */
type DropoutFunction = (x: Tensor, rate: number) => Tensor;

interface Cell extends layers.Layer {
  dropoutFunc: DropoutFunction | undefined;
}

const CELLS = ['SimpleRNNCell', 'GRUCell', 'LSTMCell', 'ConvLSTM2DCell'];

/**
 * Makes the cells of recurrent layers draw their dropout as `Dropout` does: on the device, or as a function of seed, step and
 * name. A cell draws the masks of a sequence at its first moment, one after the other, and keeps them for the others.
 */
export function drawRecurrentDropout(): void {
  for (const className of CELLS) {
    overrideCall<Cell>(className, (cell, _inputs, _args, original) => {
      if (cell.dropoutFunc) return original();
      let masks = 0;
      cell.dropoutFunc = (x, rate) =>
        dropped({ name: `${cell.name}/mask${masks++}`, rate }, x, x.shape) ?? dropout(x, rate);
      try {
        return original();
      } finally {
        cell.dropoutFunc = undefined;
      }
    });
  }
}
