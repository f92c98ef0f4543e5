import type { Model } from '@paperlab/core';
import { lenet5 } from '@paperlab/model-lenet5';
import { resnet, resnet50 } from '@paperlab/model-resnet50';
import { vgg16 } from '@paperlab/model-vgg16';

interface Network {
  readonly model: Model;
  readonly batchSize: number;
}

/** Networks by the name of their benchmark. */
const networks: Readonly<Record<string, () => Network>> = {
  lenet5: () => ({ model: lenet5(), batchSize: 32 }),
  vgg16: () => ({ model: vgg16(), batchSize: 4 }),
  resnet50: () => ({ model: resnet50(), batchSize: 8 }),
  // The largest graph there is, on small images.
  resnet152: () => ({ model: resnet({ depth: 152, inputSize: 64 }), batchSize: 2 }),
};

/** The network that a command line names. Throws when there is none of that name. */
export function networkNamed(name = ''): Network {
  const make = networks[name];
  if (!make) throw new Error(`no network "${name}"; there are ${Object.keys(networks).join(', ')}`);
  return make();
}
