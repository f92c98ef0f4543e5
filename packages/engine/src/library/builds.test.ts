import { describe, expect, it } from '@jest/globals';
import { buildFor, downloadBytes, noBuildFor, unpackedBytes } from './builds.js';

describe('buildFor', () => {
  it.each([
    ['linux', 'x64', 'tensorflow-cpu', 'manylinux2014_x86_64'],
    ['linux', 'arm64', 'tensorflow', 'manylinux2014_aarch64'],
    ['darwin', 'arm64', 'tensorflow', 'macosx_12_0_arm64'],
  ] as const)("%s %s gets the CPU's from %s for %s", (platform, arch, project, tag) => {
    const { kind, wheels } = buildFor({ platform, arch, musl: false }, 'cpu')!;
    expect(kind).toBe('cpu');
    expect(wheels).toEqual([expect.objectContaining({ project, platform: tag })]);
    expect(wheels[0].file).toMatch(
      new RegExp(`^${project.replace('-', '_')}-2\\.20\\.0-cp311-cp311-.*${tag}\\.whl$`),
    );
    expect(wheels[0].sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("gets CUDA's for linux x64 only: TensorFlow's wheel, and NVIDIA's", () => {
    const build = buildFor({ platform: 'linux', arch: 'x64', musl: false }, 'cuda')!;
    expect(build.wheels[0]).toMatchObject({ project: 'tensorflow', version: '2.20.0' });
    expect(build.wheels.map(({ project }) => project).sort()).toEqual(
      ['cublas', 'cuda-cupti', 'cuda-nvcc', 'cuda-nvrtc', 'cuda-runtime', 'cudnn', 'cufft', 'cusolver']
        .concat('cusparse', 'nvjitlink')
        .map((name) => `nvidia-${name}-cu12`)
        .concat('tensorflow'),
    );
    for (const { sha256 } of build.wheels) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(Math.round(downloadBytes(build) / 1e6)).toBe(2185);
    expect(Math.round(unpackedBytes(build) / 1e6)).toBe(3703);
    for (const host of [
      { platform: 'linux', arch: 'x64', musl: true },
      { platform: 'linux', arch: 'arm64', musl: false },
      { platform: 'darwin', arch: 'arm64', musl: false },
    ] as const) {
      expect(buildFor(host, 'cuda')).toBeUndefined();
    }
  });

  it.each([
    [{ platform: 'win32', arch: 'x64', musl: false }, /no build for win32 x64: run this under WSL 2/],
    [
      { platform: 'darwin', arch: 'x64', musl: false },
      /no build for darwin x64: use one of linux x64, linux arm64/,
    ],
    [
      { platform: 'linux', arch: 'x64', musl: true },
      /no build for linux x64 with musl instead of glibc: use one of/,
    ],
  ] as const)('%j gets none, and what to do instead', (host, advice) => {
    expect(buildFor(host, 'cpu')).toBeUndefined();
    expect(noBuildFor(host)).toMatch(advice);
    expect(noBuildFor(host)).not.toContain('\n');
  });
});
