/**
 * Tests that are left out, by a part of their names, and why. All of them are left out by tfjs-node's own run too.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const exclusions = {
  'TensorFlow has no such kernel for strings': [
    'greater test-tensorflow {} should support string comparison',
    'greaterEqual test-tensorflow {} should support string comparison',
    'less test-tensorflow {} should support string comparison',
    'lessEqual test-tensorflow {} should support string comparison',
  ],
  'TensorFlow defines it otherwise': [
    'einsum test-tensorflow {} 2d matrix calculate trace: duplicate axes not implemented yet',
    'einsum test-tensorflow {} nonexistent dimension throws error',
    'maxPoolWithArgmax test-tensorflow {} [x=[1,3,3,1] f=[2,2] s=1 ignores NaNs',
    'sign test-tensorflow {} accepts a tensor-like object',
    'sign test-tensorflow {} basic',
    'sign test-tensorflow {} does not propagate NaNs',
    'tan test-tensorflow {} numbers exceed float32 precision',
    'unique test-tensorflow {} 1d tensor with NaN and Infinity',
  ],
  "The same refusal in TensorFlow's words": [
    'raggedGather  test-tensorflow {} BadValuesShape',
    'raggedGather  test-tensorflow {} InvalidSplitsEmpty',
    'raggedGather  test-tensorflow {} InvalidSplitsNegative',
    'raggedGather  test-tensorflow {} InvalidSplitsNotSorted',
    'raggedGather  test-tensorflow {} InvalidSplitsTooBig',
    'raggedGather  test-tensorflow {} OutOfBounds',
    'raggedRange  test-tensorflow {} InvalidArgs',
    'raggedRange  test-tensorflow {} RangeSizeOverflow',
    'sparseFillEmptyRows test-tensorflow {} throw error if negative row',
    'sparseFillEmptyRows test-tensorflow {} throw error if row exceeds number of dense rows',
    'sparseReshape test-tensorflow {} throw error if negative output dim',
    'sparseSegmentMean test-tensorflow {} throw error if segment id',
    'sparseSegmentSum test-tensorflow {} segments invalid 2',
    'sparseSegmentSum test-tensorflow {} segments invalid 3',
    'sparseSegmentSum test-tensorflow {} segments invalid 4',
    'sparseSegmentSum test-tensorflow {} segments invalid 6',
    'sparseSegmentSum test-tensorflow {} segments invalid 7',
  ],
  "tfjs's gradient does not belong to its own forward pass, which leaves the padding out of the mean; ours does":
    ['avgPool test-tensorflow {} gradient x=[3,3,1] f=[3,3] s=1 p=explicit'],
  'Takes a window of one pixel for no pooling at all, although it is padded and strided': [
    'pool test-tensorflow {} avg x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding',
    'pool test-tensorflow {} max x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding',
  ],
  'TensorFlow refuses shapes that do not fit': [
    'avgPool3d test-tensorflow {} x=[1,1,1,1,1] f=[1,1,3] s=1 p=valid',
    'conv2dTranspose test-tensorflow {} input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4',
  ],
};

/**
 * Left out beside those where every kernel is a compiled function.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const compiledExclusions = {
  'The shape of the result depends on values': [
    'nonMaxSuppression test-tensorflow {} NonMaxSuppression Basic',
    'nonMaxSuppression test-tensorflow {} NonMaxSuppressionPadded select from three clusters with no padding',
    'nonMaxSuppression test-tensorflow {} NonMaxSuppressionWithScore',
    'raggedGather',
    'raggedRange',
    'raggedTensorToTensor',
    'sparseFillEmptyRows',
    'sparseSegmentMean',
    'sparseSegmentSum',
    'stringNGrams',
    'stringSplit',
    'unique',
  ],
  'The same refusal in other words: those of shape inference, or without a translation to those of tfjs': [
    'einsum test-tensorflow {} incorrect number of tensors throws error',
    'einsum test-tensorflow {} mismatched dimensions throws error',
    'gather test-tensorflow {} throws when index is out of bound',
  ],
  "oneDNN's softmax, which TensorFlow uses in graphs alone, keeps a NaN from the others": [
    'softmax test-tensorflow {} Propagates NaNs',
  ],
};

const everywhere = Object.values(exclusions).flat();
const whenCompiled = [...everywhere, ...Object.values(compiledExclusions).flat()];

/**
 * @param {string} name full name of a test
 * @param {boolean} [compiled] whether every kernel is a compiled function
 */
export const isExcluded = (name, compiled) =>
  (compiled ? whenCompiled : everywhere).some((part) => name.includes(part));
