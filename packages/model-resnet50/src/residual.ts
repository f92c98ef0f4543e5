import { add, avgPool, batchNorm, type Block, chain, conv, type InitialWeights, relu } from '@paperlab/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';

/**
 * What passes a block by where the block changes its input's size (Sections 3.3 and 4.1): A, the input with zeros for
 * the new maps, no weights; B, a projection by a 1×1 convolution; C, projections in every block.
 */
export type Shortcuts = 'A' | 'B' | 'C';

/** What the blocks of a network have in common. */
export interface Design {
  readonly shortcuts: Shortcuts;
  readonly initialWeights: InitialWeights;
}

/**
 * Convolutions and the shortcut beside them.
 * @param name   as in Table 1, with a number: `conv2_1`
 * @param maps   of the 3×3 convolution
 * @param stride of the block
 */
export type ResidualBlock = (name: string, maps: number, stride: number, design: Design) => Block;

/** Figure 5, left. */
export const basicBlock: ResidualBlock = (name, maps, stride, design) =>
  residual(name, maps, stride, design, [
    convNorm(`${name}/conv1`, maps, 3, stride, design),
    relu(`${name}/conv1/relu`),
    convNorm(`${name}/conv2`, maps, 3, 1, design),
  ]);

/** Figure 5, right. The first 1×1 has the stride. */
export const bottleneck: ResidualBlock = (name, maps, stride, design) =>
  residual(name, 4 * maps, stride, design, [
    convNorm(`${name}/conv1`, maps, 1, stride, design),
    relu(`${name}/conv1/relu`),
    convNorm(`${name}/conv2`, maps, 3, 1, design),
    relu(`${name}/conv2/relu`),
    convNorm(`${name}/conv3`, 4 * maps, 1, 1, design),
  ]);

/** Not in the paper: the 3×3 has the stride, so that no pixel is left out. As fb.resnet.torch and torchvision. */
export const bottleneckV1_5: ResidualBlock = (name, maps, stride, design) =>
  residual(name, 4 * maps, stride, design, [
    convNorm(`${name}/conv1`, maps, 1, 1, design),
    relu(`${name}/conv1/relu`),
    convNorm(`${name}/conv2`, maps, 3, stride, design),
    relu(`${name}/conv2/relu`),
    convNorm(`${name}/conv3`, 4 * maps, 1, 1, design),
  ]);

/** Blocks in a row, `conv2_1`, `conv2_2`, …; the first has the stride. */
export function stage(
  name: string,
  block: ResidualBlock,
  count: number,
  maps: number,
  stride: number,
  design: Design,
): Block {
  return chain(
    ...Array.from({ length: count }, (_, i) => block(`${name}_${i + 1}`, maps, i === 0 ? stride : 1, design)),
  );
}

/** Section 3.4: batch normalization "right after each convolution and before activation"; it leaves a bias no effect. */
export function convNorm(
  name: string,
  maps: number,
  size: number,
  stride: number,
  { initialWeights }: Pick<Design, 'initialWeights'>,
): Block {
  return chain(
    conv(name, maps, size, { stride, padding: (size - 1) / 2, bias: false, initialWeights }),
    batchNorm(`${name}/bn`),
  );
}

/** Equations 1 and 2, with the second ReLU after the addition (Figure 2). */
function residual(
  name: string,
  maps: number,
  stride: number,
  design: Design,
  convolutions: readonly Block[],
): Block {
  return chain(
    add(`${name}/add`, chain(...convolutions), shortcut(`${name}/shortcut`, maps, stride, design)),
    relu(`${name}/relu`),
  );
}

function shortcut(name: string, maps: number, stride: number, design: Design): Block {
  const projection = convNorm(name, maps, 1, stride, design);
  if (design.shortcuts === 'C') return projection;
  return (x) => {
    const added = maps - x.shape.at(-1)!;
    if (stride === 1 && added === 0) return x;
    return design.shortcuts === 'B' ? projection(x) : zeroPadded(name, added, stride)(x);
  };
}

/** Every `stride`-th pixel, and `added` maps of zeros after the maps that there are. */
function zeroPadded(name: string, added: number, stride: number): Block {
  return chain(stride === 1 ? chain() : avgPool(`${name}/subsample`, 1, { stride }), (x) => {
    // The layer pads the last two dimensions of what it takes for channels-first images: here width and channels.
    const padding: [[number, number], [number, number]] = [[0, 0], [0, added]]; // prettier-ignore
    const layer = layers.zeroPadding2d({ name: `${name}/pad`, padding, dataFormat: 'channelsFirst' });
    return layer.apply(x) as SymbolicTensor;
  });
}
