import {
  add,
  concat,
  customGrad,
  div,
  keep,
  mul,
  rsqrt,
  split,
  square,
  sub,
  sum,
  type Tensor,
  tensor1d,
} from '@tensorflow/tfjs-core';

/** A tensor summed over all replicas. */
type SumOver = (x: Tensor) => Tensor;

/**
 * Batch normalisation by the statistics of all replicas' examples together. Mean and variance are summed one after the other, so
 * that nothing cancels; the gradient (Ioffe and Szegedy, "Batch Normalization", 2015, Section 3) needs one more sum. The gradients of
 * scale and offset are those of this replica's part.
 * @param x channels last
 */
export function synchronized(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number, sumOver: SumOver) {
  let statistics!: readonly [mean: Tensor, variance: Tensor];
  const op = customGrad((...given) => {
    const [x, scale, offset] = given as Tensor[] as [Tensor, Tensor, Tensor];
    const save = given.at(-1) as unknown as (tensors: Tensor[]) => void;
    const perChannel = (tensor: Tensor) => sum(tensor, [...x.shape.keys()].slice(0, -1));
    const channels = x.shape.at(-1)!;
    const own = tensor1d([x.size / channels]);
    const [total, count] = split(sumOver(concat([perChannel(x), own])), [channels, 1]) as [Tensor, Tensor];
    const mean = div(total, count);
    const centred = sub(x, mean);
    const variance = div(sumOver(perChannel(square(centred))), count);
    const inverse = rsqrt(add(variance, epsilon));
    const normalized = mul(centred, inverse);
    statistics = [keep(mean), keep(variance)];
    save([normalized, inverse, scale, count]);
    const gradFunc = (dy: Tensor, [normalized, inverse, scale, count]: Tensor[]) => {
      const dOffset = perChannel(dy);
      const dScale = perChannel(mul(dy, normalized!));
      const means = split(div(sumOver(concat([dOffset, dScale])), count!), 2);
      const centredGradient = sub(sub(dy, means[0]!), mul(normalized!, means[1]!));
      return [mul(centredGradient, mul(scale!, inverse!)), dScale, dOffset];
    };
    return { value: add(mul(normalized, scale), offset), gradFunc };
  });
  const y = op(x, scale, offset);
  return { y, mean: statistics[0], variance: statistics[1] };
}
