import {
  StringNGrams,
  type StringNGramsAttrs,
  StringSplit,
  type StringSplitAttrs,
  StringToHashBucketFast,
  type StringToHashBucketFastAttrs,
  tidy,
} from '@tensorflow/tfjs-core';
import { int32, type Kernel, kernel } from './kernel.js';

/** Kernels on text. */
export const stringKernels: readonly Kernel[] = [
  kernel<StringNGramsAttrs>(StringNGrams, (backend, { data, dataSplits }, attributes) =>
    backend.execute('StringNGrams', [data!, dataSplits!], {
      separator: attributes.separator,
      ngram_widths: attributes.nGramWidths,
      left_pad: attributes.leftPad,
      right_pad: attributes.rightPad,
      pad_width: attributes.padWidth,
      preserve_short_sequences: attributes.preserveShortSequences,
      Tsplits: 'int32',
    }),
  ),
  kernel<StringSplitAttrs>(StringSplit, (backend, { input, delimiter }, { skipEmpty }) =>
    tidy(() => {
      const [indices, values, shape] = backend.execute('StringSplit', [input!, delimiter!], {
        skip_empty: skipEmpty,
      });
      return [int32(backend, indices!), values!, int32(backend, shape!)];
    }),
  ),
  kernel<StringToHashBucketFastAttrs>(StringToHashBucketFast, (backend, { input }, { numBuckets }) =>
    tidy(() => {
      const [buckets] = backend.execute('StringToHashBucketFast', [input!], { num_buckets: numBuckets });
      return int32(backend, buckets!);
    }),
  ),
];
