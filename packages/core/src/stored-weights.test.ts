import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { dispose, ready, scalar, tensor1d, tensor2d, type Variable, variable } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { readSafetensors, writeSafetensors } from './safetensors.js';
import { namedWeights, restoreVariables, storedTensors } from './stored-weights.js';

let variables: Map<string, Variable>;
beforeAll(async () => {
  await ready();
  variables = new Map<string, Variable>([
    ['C1/kernel', variable(tensor2d([[1, 2, 3]]))],
    ['step', variable(scalar(7, 'int32'))],
    ['mask', variable(tensor1d([true, false], 'bool'))],
  ]);
});
afterAll(() => dispose([...variables.values()]));

const values = () => [...variables.values()].map((value) => Array.from(value.dataSync()));
const throughFile = async () => {
  const pieces = writeSafetensors({ tensors: await storedTensors(variables) });
  return readSafetensors(new Uint8Array(Buffer.concat(pieces))).tensors;
};

it('gives variables back what they held', async () => {
  const before = values();
  const stored = await throughFile();
  variables.get('C1/kernel')!.assign(tensor2d([[9, 9, 9]]));
  variables.get('step')!.assign(scalar(9, 'int32'));
  restoreVariables(variables, stored, 'weights.safetensors');
  expect(values()).toEqual(before);
});

it('changes nothing when something does not fit, and names all that does not', async () => {
  const before = values();
  const stored = new Map(await throughFile());
  const kernel = stored.get('C1/kernel')!;
  stored.delete('mask');
  stored.set('C1/kernel', { ...kernel, shape: [3, 1] });
  stored.set('C9/kernel', kernel);
  expect(() => restoreVariables(variables, stored, 'weights.safetensors')).toThrow(
    'weights.safetensors does not fit: C1/kernel is F32 [3, 1] and should be F32 [1, 3]; mask is missing; C9/kernel is not wanted.',
  );
  expect(values()).toEqual(before);
});

describe('namedWeights', () => {
  it("has a model's weights by name", () => {
    const model = sequential({ layers: [layers.dense({ name: 'F6', units: 2, inputShape: [3] })] });
    expect([...namedWeights(model)].map(([name, { shape }]) => [name, shape])).toEqual([
      ['F6/kernel', [3, 2]],
      ['F6/bias', [2]],
    ]);
  });
});
