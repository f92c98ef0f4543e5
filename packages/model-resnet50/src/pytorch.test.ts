import { readFileSync } from 'node:fs';
import { pytorchParity, type PytorchFixture } from '@paperlab/core/testing';
import '@tensorflow/tfjs-backend-cpu';
import { cifarResnet, type CifarResnetOptions } from './cifar-resnet.js';
import { resnet, type ResnetOptions } from './resnet.js';

/** Made by tools/golden/resnet50.py from the seed's network and torchvision's. */
const { cases }: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('./fixtures/pytorch.json', import.meta.url), 'utf8'),
);
type Case = PytorchFixture &
  (
    | { readonly model: 'resnet'; readonly options: ResnetOptions }
    | { readonly model: 'cifarResnet'; readonly options: CifarResnetOptions }
  );

for (const fixture of cases) {
  const make = () => (fixture.model === 'resnet' ? resnet(fixture.options) : cifarResnet(fixture.options));
  pytorchParity(`${fixture.model}(${JSON.stringify(fixture.options)})`, make, fixture);
}
