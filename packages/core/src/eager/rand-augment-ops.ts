import {
  concat,
  denseBincount,
  depthwiseConv2d,
  gather,
  image,
  ones,
  reshape,
  slice,
  tensor1d,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { RandAugmentOps } from '../rand-augment/rand-augment.js';

/** What `randAugment` needs, in tfjs ops on values: which images are changed is read. */
export const randAugmentOps: RandAugmentOps = {
  changeSome(images, rows, chosen, change) {
    const places = Array.from(chosen.dataSync(), (is, place) => (is ? place : -1)).filter(
      (place) => place >= 0,
    );
    if (places.length === 0) return images;
    const indices = tensor1d(places, 'int32');
    const changed = change(gather(images, indices), gather(rows, indices));
    const count = images.shape[0];
    const sources = Array.from({ length: count }, (_, place) => {
      const at = places.indexOf(place);
      return at < 0 ? place : count + at;
    });
    return gather(concat([images, changed]), tensor1d(sources, 'int32'));
  },
  /** One by one: tfjs's backend `cpu` transforms the first image of a batch alone. */
  project(images, matrices) {
    const one = (place: number) =>
      image.transform(slice(images, [place, 0, 0, 0], [1, -1, -1, -1]), slice(matrices, [place, 0], [1, -1]));
    return concat(Array.from({ length: images.shape[0] }, (_, place) => one(place)));
  },
  sums(images) {
    const kernel = ones([3, 3, images.shape[3], 1]) as Tensor4D;
    return depthwiseConv2d(images, kernel, 1, 'same');
  },
  counts(values, size) {
    const flat = reshape(values, [values.shape[0], -1]) as Tensor2D;
    return denseBincount(flat, tensor1d([], 'float32') as never, size);
  },
};
