import { heNormal, type InitialWeights, oneOf, pytorchDefault } from '@paperlab/core';

/** What the convolutions start from. */
export const initialWeights = {
  /** Normal with variance 2/fan-out (the paper's [13]); by fan-out as fb.resnet.torch and torchvision have it. */
  he: heNormal('fanOut'),
  /** PyTorch's default, uniform in ±1/sqrt(fan-in): the seed's. */
  pytorch: pytorchDefault,
} as const satisfies Record<string, InitialWeights>;

export const initialWeightsName = oneOf(['he', 'pytorch']);

export const shortcuts = oneOf(['A', 'B', 'C']);
