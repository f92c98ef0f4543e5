import { beforeAll, describe } from '@jest/globals';
import { type RandAugmentFixture, randAugmentParity } from '@paperlab/core/testing';
import { readFileSync } from 'node:fs';
import { tensorflow } from './index.js';
import { randAugment } from './rand-augment.js';

const file = new URL('../../core/src/rand-augment/fixtures/torchvision.json', import.meta.url);
const fixture = JSON.parse(readFileSync(file, 'utf8')) as RandAugmentFixture;

beforeAll(() => tensorflow());

describe("in TensorFlow's ops", () => {
  randAugmentParity(fixture, (images, transform, draws) => randAugment(images, { transform, draws }));
});
