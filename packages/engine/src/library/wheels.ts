/** The TensorFlow that Paperlab is made for and tested with; any patch release of 2.20 has the same C API. */
export const version = '2.20.0';

export const isSupported = (candidate: string): boolean => /^2\.20\.\d+$/.test(candidate);

/** A file on PyPI, which is where libtensorflow, and the CUDA that it needs, come from. */
export interface Wheel {
  /** Its project on PyPI. */
  readonly project: string;
  readonly version: string;
  /** pip's name of the platform. */
  readonly platform: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Bytes on disk of what is kept of it. */
  readonly unpackedBytes: number;
}

/** The Python of the wheels below. The libraries inside do not depend on it, so one is enough. */
export const pythonTag = { version: '3.11', abi: 'cp311' } as const;

/** The CPU build, by Node's `platform arch`. Sizes and hashes are those of the files on PyPI. */
export const cpuWheels: Readonly<Record<string, Wheel>> = {
  'linux x64': {
    project: 'tensorflow-cpu',
    version,
    platform: 'manylinux2014_x86_64',
    file: 'tensorflow_cpu-2.20.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    bytes: 258_876_263,
    sha256: 'cf756bbe2d256e942ab5d0ad2c858fb40017581494febdb4387c149b1afde780',
    unpackedBytes: 779_485_312,
  },
  'linux arm64': {
    project: 'tensorflow',
    version,
    platform: 'manylinux2014_aarch64',
    file: 'tensorflow-2.20.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl',
    bytes: 259_465_882,
    sha256: '3e9568c8efcb05c0266be223e3269c62ebf7ad3498f156438311735f6fa5ced5',
    unpackedBytes: 933_723_793,
  },
  'darwin arm64': {
    project: 'tensorflow',
    version,
    platform: 'macosx_12_0_arm64',
    file: 'tensorflow-2.20.0-cp311-cp311-macosx_12_0_arm64.whl',
    bytes: 200_507_363,
    sha256: '5f964016c5035d09b85a246a6b739be89282a7839743f3ea63640224f0c63aee',
    unpackedBytes: 703_369_060,
  },
};

/** A wheel of NVIDIA's, for Linux on x64. */
const nvidia = (
  name: string,
  version: string,
  bytes: number,
  unpackedBytes: number,
  sha256: string,
): Wheel => ({
  project: `nvidia-${name}-cu12`,
  version,
  platform: 'manylinux2014_x86_64',
  file: `nvidia_${name.replaceAll('-', '_')}_cu12-${version}-py3-none-manylinux2014_x86_64.whl`,
  bytes,
  sha256,
  unpackedBytes,
});

/**
 * The CUDA build, for Linux on x64. NVIDIA's are the lowest versions that the wheel's extra `and-cuda` allows: CUDA
 * 12.5.1 and cuDNN 9.3, which TensorFlow was compiled with. Of that extra, NCCL is compiled into TensorFlow's wheel, and
 * nothing loads cuRAND.
 */
// prettier-ignore
export const cudaWheels: readonly Wheel[] = [
  {
    project: 'tensorflow',
    version,
    platform: 'manylinux2014_x86_64',
    file: 'tensorflow-2.20.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    bytes: 620_570_129,
    sha256: '481499fd0f824583de8945be61d5e827898cdaa4f5ea1bc2cc28ca2ccff8229e',
    unpackedBytes: 1_273_406_403,
  },
  nvidia('cublas', '12.5.3.2', 363_313_169, 551_765_766, 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b'),
  nvidia('cuda-cupti', '12.5.82', 13_811_507, 44_011_470, 'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953'),
  nvidia('cuda-nvcc', '12.5.82', 22_468_537, 31_467_618, 'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0'),
  nvidia('cuda-nvrtc', '12.5.82', 24_873_108, 68_302_926, '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd'),
  nvidia('cuda-runtime', '12.5.82', 895_707, 771_294, '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115'),
  nvidia('cudnn', '9.3.0.75', 577_163_502, 885_357_134, '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d'),
  nvidia('cufft', '11.2.3.61', 192_524_114, 278_988_518, '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8'),
  nvidia('cusolver', '11.6.3.83', 130_341_232, 218_200_958, '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b'),
  nvidia('cusparse', '12.5.1.3', 217_558_979, 295_774_806, '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752'),
  nvidia('nvjitlink', '12.5.82', 21_298_879, 54_619_918, 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212'),
];

/** File names of the two libraries, the same in a wheel, in an installed Python TensorFlow and in the cache. */
export function libraryNames(platform: NodeJS.Platform = process.platform): {
  cc: string;
  framework: string;
} {
  return platform === 'darwin'
    ? { cc: 'libtensorflow_cc.2.dylib', framework: 'libtensorflow_framework.2.dylib' }
    : { cc: 'libtensorflow_cc.so.2', framework: 'libtensorflow_framework.so.2' };
}
