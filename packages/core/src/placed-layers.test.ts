import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { ready } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { eager } from './eager/engine.js';
import type { Device, Engine } from './engine.js';
import { placeLayers } from './placed-layers.js';
import { byLayer } from './placements/by-layer.js';
import { single } from './placements/single.js';

beforeAll(() => ready());

const devices: Device[] = [
  { name: 'CPU:0', type: 'CPU' },
  { name: 'CPU:1', type: 'CPU' },
];
const model = () =>
  sequential({
    layers: [
      layers.flatten({ name: 'flatten', inputShape: [2, 2, 1] }),
      layers.dense({ name: 'F6', units: 3 }),
      layers.dense({ name: 'output', units: 2 }),
    ],
  });
const two = byLayer([
  ['F6', 'cpu:0'],
  ['output', 'cpu:1'],
]);

it('tells the engine where each layer and its weights are', () => {
  const placed: [string, string[]][] = [];
  const engine: Engine = {
    ...eager(),
    withDevice: (_device, fn) => fn(),
    place: (variables, { name }) => void placed.push([name, variables.map(({ name }) => name)]),
  };
  placeLayers(model(), engine, two, devices);
  expect(placed.map(([device, weights]) => [device, weights.length])).toEqual([
    ['CPU:0', 0],
    ['CPU:0', 2],
    ['CPU:1', 2],
  ]);
});

it('leaves a model on one device alone, on any engine', () => {
  expect(() => placeLayers(model(), eager(), single(), devices.slice(0, 1))).not.toThrow();
});

it('refuses an engine with one device', () => {
  expect(() => placeLayers(model(), eager(), two, devices)).toThrow(
    "the engine tfjs computes on one device; the placement by-layer needs TensorFlow's",
  );
});

it('refuses a device that no layer is on, naming the layers', () => {
  const engine: Engine = { ...eager(), withDevice: (_device, fn) => fn(), place: () => undefined };
  const misspelt = byLayer([
    ['*', 'cpu:0'],
    ['fc8', 'cpu:1'],
  ]);
  const network = model();
  network.name = 'small';
  expect(() => placeLayers(network, engine, misspelt, devices)).toThrow(
    'the placement by-layer puts no layer of small on CPU:1; its layers with weights are F6, output',
  );
});
