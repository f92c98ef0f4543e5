import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { gpuOptions } from './gpu-options.js';
import type { Partition } from './partition.js';
import { TensorFlowError } from './status.js';
import { type Report, runChild } from './testing/run-child.js';

jest.setTimeout(60_000);

let report: Report;
beforeAll(async () => {
  report = await runChild('devices.child.ts');
}, 60_000);

interface Run {
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
  readonly partitions: readonly Partition[];
}

/** What the train step's function does on a device; tracing also ran small ones, for the initial values of slots. */
const operationsOn = (partitions: readonly Partition[], device: string) =>
  partitions
    .filter((partition) => partition.device === device)
    .map(({ operations }) => operations)
    .sort((a, b) => b.length - a.length)[0]!;

/** The ops whose outputs leave a device, sorted. */
function sent(partitions: readonly Partition[], device: string) {
  const operations = operationsOn(partitions, device);
  const ops = new Map(operations.map(({ name, op }) => [name, op]));
  return operations
    .filter(({ op }) => op === '_Send')
    .map(({ inputs }) => ops.get(inputs[0]!.replace(/:\d+$/, '')))
    .sort();
}

const count = (partitions: readonly Partition[], device: string, op: RegExp) =>
  operationsOn(partitions, device).filter((operation) => op.test(operation.op)).length;

describe.each(['fused', 'rule'])('a net of two columns on two devices, optimizer as %s', (optimizer) => {
  const runs = () => report[optimizer] as { one: Run; two: Run };

  it('gives the bits of one device', () => {
    const { one, two } = runs();
    expect(two.losses).toEqual(one.losses);
    expect(two.weights).toEqual(one.weights);
    expect(new Set(one.losses).size).toBe(5);
    expect(new Set(one.partitions.map(({ device }) => device))).toEqual(new Set(['CPU:0']));
  });

  it('computes every layer, its gradient and its update on its device', () => {
    const { partitions } = runs().two;
    // Of the layers a1, a2, a3, and of b1, b2: the product, and its gradients by input and by kernel.
    expect(count(partitions, 'CPU:0', /MatMul$/)).toBe(3 * 3);
    expect(count(partitions, 'CPU:1', /MatMul$/)).toBe(3 * 2);
    expect(count(partitions, 'CPU:0', /^TanhGrad$/)).toBe(2);
    expect(count(partitions, 'CPU:1', /^TanhGrad$/)).toBe(2);
    // A kernel and a bias each, which the rule writes apart from their slots.
    const [update, writes] =
      optimizer === 'fused' ? [/^ResourceApplyMomentum$/, 1] : [/^AssignVariableOp$/, 2];
    expect(count(partitions, 'CPU:0', update)).toBe(3 * 2 * writes);
    expect(count(partitions, 'CPU:1', update)).toBe(2 * 2 * writes);
  });

  it('crosses where one column sees the other, once forward and once backward, and nowhere else', () => {
    const { partitions } = runs().two;
    // Forward: the image, and a1 for b. Backward: the gradients of b2 and b1, cut out of a concatenation's. The rule's two
    // scalars are the optimizer's.
    const scalars = optimizer === 'fused' ? [] : ['_Arg', '_Arg'];
    expect(sent(partitions, 'CPU:0')).toEqual(['SplitV', 'SplitV', 'Tanh', '_Arg', ...scalars]);
    // Forward: b1, b2. Backward: the gradient of a1.
    expect(sent(partitions, 'CPU:1')).toEqual(['SplitV', 'Tanh', 'Tanh']);
  });
});

describe('device scopes', () => {
  it('nest, end, and hold for variables', () => {
    expect(report).toMatchObject({ nested: ['CPU:0', 'CPU:1'], after: 'none', variable: 'CPU:1' });
  });

  it('are followed by ops outside of them that work on what they placed', () => {
    expect(report['follows']).toBe('CPU:1');
  });

  it('hold for eager gradients, which add up on the device of the tensor that they are for', () => {
    expect(report['eager']).toEqual({ device: 'CPU:1', values: [7, 7] });
  });

  it('are what `device` is for a whole function and its variables', () => {
    expect(report['made']).toBe('CPU:1');
    expect(report['function']).toContainEqual(['CPU:1', true]);
    expect(report['function']).not.toContainEqual(['CPU:0', true]);
  });

  it('refuse a device that is not there, naming those that are, and asynchronous functions', () => {
    expect(report).toMatchObject({
      unknown: 'There is no device gpu:1. This process has CPU:0, CPU:1.',
      unknownCompiled: 'There is no device CPU:2. This process has CPU:0, CPU:1.',
      asynchronous: 'withDevice was given an asynchronous function: its scope ends before the function does.',
    });
  });
});

describe('collectives between two devices of a process', () => {
  it('reduce, gather and broadcast', () => {
    expect(report['collectives']).toEqual({
      size: 2,
      sum: [
        [3, 3],
        [3, 3],
      ],
      mean: [
        [1.5, 1.5],
        [1.5, 1.5],
      ],
      min: [
        [1, 1],
        [1, 1],
      ],
      gathered: [
        [1, 1, 2, 2],
        [1, 1, 2, 2],
      ],
      broadcast: [
        [1, 1],
        [1, 1],
      ],
      repeated: [
        [3, 3],
        [3, 3],
        [3, 3],
      ],
    });
  });

  it('are refused outside of a compiled function, and for another number of tensors', () => {
    expect(report).toMatchObject({
      outside: 'allReduce is called outside of a compiled function. Collectives work inside of one.',
      tooFew: 'allReduce got 1 tensors. It takes one for each device: CPU:0, CPU:1.',
      twice: 'A group needs devices, each once, and was given: CPU:0, CPU:0.',
    });
  });
});

describe('an op without a kernel', () => {
  it('is an error of one line that names it', () => {
    expect(report).toMatchObject({
      noKernelEager:
        'NcclAllReduce: NcclAllReduce has no kernel on the devices of this process for T=DT_FLOAT; it has none in this library [NOT_FOUND]',
      noKernelCompiled: expect.stringMatching(
        /^compiled_\d+: NcclAllReduce has no kernel on the devices of this process for T=DT_FLOAT; it has none in this library \[INVALID_ARGUMENT\]$/,
      ),
    });
  });

  // As TensorFlow 2.20 writes it on a machine with a GPU.
  it.each([
    [
      "Cannot assign a device for operation Unique_3: Could not satisfy explicit device specification '/device:GPU:0' because no supported kernel for GPU devices is available.\nColocation Debug Info:\nColocation group had the following types and supported devices: \nRoot Member(…)",
      'step: Unique_3 has no kernel on GPU:0; it has none in this library [INVALID_ARGUMENT]',
    ],
    [
      "Could not satisfy device specification '/job:localhost/replica:0/task:0/device:GPU:0'. enable_soft_placement=0. Supported device types [CPU]. All available devices [/job:localhost/replica:0/task:0/device:CPU:0].",
      'step: the op has no kernel on GPU:0; it has kernels for CPU [INVALID_ARGUMENT]',
    ],
    [
      "No OpKernel was registered to support Op 'Conv3D' used by {{node Conv3D_1}} with these attrs: [T=DT_INT32, padding=\"SAME\"]\nRegistered devices: [CPU, GPU]\nRegistered kernels:\n  device='GPU'; T in [DT_FLOAT]\n  device='CPU'; T in [DT_FLOAT]\n\n\t [[Conv3D_1]]",
      'step: Conv3D has no kernel on the devices of this process for T=DT_INT32; it has kernels for GPU, CPU [INVALID_ARGUMENT]',
    ],
  ])('%s', (details, message) => {
    expect(new TensorFlowError('step', 'INVALID_ARGUMENT', details).message).toBe(message);
  });
});

describe('memory of GPUs', () => {
  it('grows by default, and is taken all at once on request', () => {
    expect(gpuOptions({})).toEqual({ allowGrowth: true });
    expect(gpuOptions({ gpuMemoryGrowth: false })).toEqual({ allowGrowth: false });
  });

  it('can be limited, which does nothing where there is no GPU', () => {
    expect(report['devices']).toEqual([
      { name: 'CPU:0', type: 'CPU' },
      { name: 'CPU:1', type: 'CPU' },
    ]);
  });

  it.each([
    [{ gpuMemoryGrowth: 'yes' }, 'gpuMemoryGrowth is "yes". It must be true or false.'],
    [{ gpuMemoryLimit: 0 }, 'gpuMemoryLimit is 0. It must be a whole number of MiB from 1 to 1048576.'],
    [
      { gpuMemoryLimit: 4e9 },
      'gpuMemoryLimit is 4000000000. It must be a whole number of MiB from 1 to 1048576.',
    ],
  ])('refuses %o', (options, message) => {
    expect(() => gpuOptions(options as never)).toThrow(message);
  });
});
