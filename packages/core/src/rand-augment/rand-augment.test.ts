import { beforeAll, describe } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { augmented } from '../eager/augmentation.js';
import { type RandAugmentFixture, randAugmentParity } from '../testing/rand-augment-parity.js';

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/torchvision.json', import.meta.url), 'utf8'),
) as RandAugmentFixture;

beforeAll(() => setBackend('cpu'));

describe('in plain tfjs', () => {
  randAugmentParity(fixture, augmented);
});
