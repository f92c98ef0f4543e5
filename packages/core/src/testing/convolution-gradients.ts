import {
  backend_util,
  type KernelConfig,
  type KernelFunc,
  type KernelBackend,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/**
 * Replaces the kernels of a convolution's gradients on tfjs's pure JavaScript backend, which compute an address and
 * call a function for every multiplication, by plain loops that are some thirty times as fast: so that networks of the
 * size of ResNet-50 can be tested where nothing native is. Sums are in double precision, as there.
 */
export function fastConvolutionGradients(): void {
  for (const kernel of kernels) {
    unregisterKernel(kernel.kernelName, kernel.backendName);
    registerKernel(kernel);
  }
}

type Attributes = Record<'inputShape' | 'filterShape' | 'strides', readonly number[]> & {
  readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
};
type Info = backend_util.Conv2DInfo;

/** Calls `visit` with the offsets of every output pixel and the input pixel that one place of the window sees there. */
function eachPixel(info: Info, row: number, column: number, visit: (input: number, output: number) => void) {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  for (let b = 0; b < batchSize; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const iy = oy * info.strideHeight - info.padInfo.top + row;
      if (iy < 0 || iy >= inHeight) continue;
      for (let ox = 0; ox < outWidth; ox++) {
        const ix = ox * info.strideWidth - info.padInfo.left + column;
        if (ix < 0 || ix >= inWidth) continue;
        visit(
          ((b * inHeight + iy) * inWidth + ix) * inChannels,
          ((b * outHeight + oy) * outWidth + ox) * outChannels,
        );
      }
    }
  }
}

/** Calls `visit` for every place of the window, with the offset of its weights. */
function eachPlace(info: Info, visit: (row: number, column: number, weights: number) => void) {
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      visit(row, column, (row * info.filterWidth + column) * info.inChannels * info.outChannels);
    }
  }
}

const filterGradient = (x: Float32Array, dy: Float32Array, info: Info): Float32Array => {
  const { inChannels, outChannels } = info;
  const sums = new Float64Array(inChannels * outChannels);
  const gradient = new Float32Array(info.filterHeight * info.filterWidth * sums.length);
  eachPlace(info, (row, column, weights) => {
    sums.fill(0);
    eachPixel(info, row, column, (input, output) => {
      for (let i = 0; i < inChannels; i++) {
        const value = x[input + i]!;
        if (value === 0) continue; // half of them after a ReLU
        const sum = i * outChannels;
        for (let o = 0; o < outChannels; o++) sums[sum + o]! += value * dy[output + o]!;
      }
    });
    gradient.set(sums, weights);
  });
  return gradient;
};

const inputGradient = (dy: Float32Array, filter: Float32Array, info: Info): Float32Array => {
  const { inChannels, outChannels } = info;
  const gradient = new Float64Array(info.batchSize * info.inHeight * info.inWidth * inChannels);
  eachPlace(info, (row, column, weights) =>
    eachPixel(info, row, column, (input, output) => {
      for (let i = 0; i < inChannels; i++) {
        const weight = weights + i * outChannels;
        let sum = 0;
        for (let o = 0; o < outChannels; o++) sum += dy[output + o]! * filter[weight + o]!;
        gradient[input + i]! += sum;
      }
    }),
  );
  return Float32Array.from(gradient);
};

const kernels: readonly KernelConfig[] = [
  {
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'cpu',
    kernelFunc: (({ inputs, backend, attrs }) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const { filterShape, strides, pad } = attrs as unknown as Attributes;
      const info = backend_util.computeConv2DInfo(
        x.shape as never,
        filterShape as never,
        strides as never,
        1,
        pad,
      );
      const cpu = backend as KernelBackend;
      const values = filterGradient(valuesOf(cpu, x), valuesOf(cpu, dy), info);
      return tensorOf(cpu, values, filterShape);
    }) satisfies KernelFunc,
  },
  {
    kernelName: 'Conv2DBackpropInput',
    backendName: 'cpu',
    kernelFunc: (({ inputs, backend, attrs }) => {
      const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
      const { inputShape, strides, pad } = attrs as unknown as Attributes;
      const info = backend_util.computeConv2DInfo(
        inputShape as never,
        filter.shape as never,
        strides as never,
        1,
        pad,
      );
      const cpu = backend as KernelBackend;
      const values = inputGradient(valuesOf(cpu, dy), valuesOf(cpu, filter), info);
      return tensorOf(cpu, values, inputShape);
    }) satisfies KernelFunc,
  },
];

const valuesOf = (backend: KernelBackend, { dataId }: TensorInfo) => backend.readSync(dataId) as Float32Array;

const tensorOf = (backend: KernelBackend, values: Float32Array, shape: readonly number[]): TensorInfo => ({
  dataId: backend.write(values, [...shape], 'float32'),
  shape: [...shape],
  dtype: 'float32',
});
