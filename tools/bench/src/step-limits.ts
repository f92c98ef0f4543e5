import type { StepWork } from './step-work.js';

/** What a network's step must reach. */
interface Limit {
  /** Of the time of our step to that of the fastest peer's. */
  readonly mostRatio?: number;
  /** Of the machine's float32 rate of matrix products. */
  readonly leastShare?: number;
}

/** By network, batch and precision. */
// prettier-ignore
const limits: Readonly<Record<string, Limit>> = {
  'resnet50 8 float32':    { mostRatio: 0.85, leastShare: 0.8 },
  'resnet50 16 float32':   { mostRatio: 0.85, leastShare: 0.8 },
  'resnet50 8 bfloat16':   { mostRatio: 0.95 },
  'vgg16 4 float32':       { mostRatio: 0.8,  leastShare: 0.8 },
  'vgg16 8 float32':       {                  leastShare: 0.85 },
  'alexnet 32 float32':    { mostRatio: 0.55, leastShare: 0.8 },
  'googlenet 16 float32':  { mostRatio: 0.6,  leastShare: 0.7 },
  'lenet5 32 float32':     { mostRatio: 0.7 },
  'minivgg16 64 float32':  { mostRatio: 0.9 },
  'resnet20 128 float32':  { mostRatio: 0.95 },
};

/** What of it is missed, or undefined. There may be no limit for such work. */
export function missed(
  { network, batch, precision }: Pick<StepWork, 'network' | 'batch' | 'precision'>,
  ours: { readonly ratio: number; readonly share: number },
): string | undefined {
  const { mostRatio = Infinity, leastShare = 0 } = limits[`${network} ${batch} ${precision}`] ?? {};
  const found = [
    ...(ours.ratio > mostRatio
      ? [`its time is ${ours.ratio.toFixed(3)} of the fastest peer's, not at most ${mostRatio}`]
      : []),
    ...(ours.share < leastShare
      ? [`it reaches ${(100 * ours.share).toFixed(1)} % of the MatMul rate, not ${100 * leastShare} %`]
      : []),
  ];
  return found.length > 0
    ? `our step of ${network}, batch ${batch}, ${precision}: ${found.join('; ')}`
    : undefined;
}
