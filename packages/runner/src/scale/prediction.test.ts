import { describe, expect, it } from '@jest/globals';
import { predict } from './prediction.js';

const GIGABIT = 1e9 / 8;

describe('the prediction', () => {
  it('of one device is what was measured', () => {
    expect(predict({ stepTime: 0.5, gradientBytes: 1e8 }, 1, 1e9)).toEqual({
      devices: 1,
      reductionTime: 0,
      stepTime: 0.5,
      efficiency: 1,
      reductionShare: 0,
    });
  });

  it('hides what runs beside the backward pass, but for the last bucket', () => {
    // 100 MiB over 100 MiB/s each way, by four: 1.5 s, of which the last quarter comes after a backward pass of 2 s.
    const { reductionTime, stepTime } = predict(
      { stepTime: 3, gradientBytes: 100 * 2 ** 20 },
      4,
      100 * 2 ** 20,
    );
    expect(reductionTime).toBeCloseTo(1.5);
    expect(stepTime).toBeCloseTo(3 + 1.5 / 4);
  });

  it('sees what is longer than the backward pass', () => {
    const { stepTime, efficiency, reductionShare } = predict({ stepTime: 0.3, gradientBytes: 1e9 }, 2, 1e9);
    expect(stepTime).toBeCloseTo(0.3 + 1 - 0.2);
    expect(efficiency).toBeCloseTo(0.3 / 1.1);
    expect(reductionShare).toBeCloseTo(0.8 / 1.1);
  });

  // The published figures, and what the docs say of them: docs/guide/devices.md.
  it.each([
    // Horovod's docs/benchmarks: 512 Pascal GPUs, 25 Gbit/s RoCE; a step of 64 images on one P100 by TensorFlow's benchmarks of 2017.
    ['VGG-16 by Horovod', 64 / 154, 138_357_544, 512, 25 * GIGABIT, 0.68],
    ['Inception V3 by Horovod', 64 / 142, 23_851_784, 512, 25 * GIGABIT, 0.9],
    ['ResNet-101 by Horovod', 64 / 103.6, 44_549_160, 512, 25 * GIGABIT, 0.9],
    // Simonyan and Zisserman, Section 3.3: 3.75 times on four GPUs; 370,000 steps in two to three weeks. PCIe 3.0, some 6 GB/s.
    ['VGG by its paper', 3.9, 138_357_544, 4, 6e9, 0.94],
  ])(
    'is near what was published of %s, and not below',
    (_, stepTime, parameters, devices, link, published) => {
      const { efficiency } = predict({ stepTime, gradientBytes: 4 * parameters }, devices, link);
      expect(efficiency).toBeGreaterThan(published - 0.02);
      expect(efficiency).toBeLessThan(published + 0.2);
    },
  );
});
