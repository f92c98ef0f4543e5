import { familySync, MUSL } from 'detect-libc';
import { cpuWheels, cudaWheels, version, type Wheel } from './wheels.js';

export type BuildKind = 'cpu' | 'cuda';

/** One of the builds of TensorFlow that can be fetched: all of its wheels, or nothing. */
export interface Build {
  /** What it computes on; the CUDA build computes on CPUs too. */
  readonly kind: BuildKind;
  /** TensorFlow's, then those of the libraries that it loads. */
  readonly wheels: readonly [Wheel, ...Wheel[]];
  /**
   * Where the two libraries are in the cache folder. Those of CUDA lie as in Python's site-packages, since TensorFlow's
   * RUNPATH looks for CUDA in `../nvidia`.
   */
  readonly libraries: '.' | 'tensorflow';
}

export const downloadBytes = (build: Build): number => sum(build.wheels.map(({ bytes }) => bytes));
export const unpackedBytes = (build: Build): number =>
  sum(build.wheels.map(({ unpackedBytes }) => unpackedBytes));

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** A machine, in Node's words. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Linux with musl instead of glibc: Alpine. */
  readonly musl: boolean;
}

export const thisHost = (): Host => ({
  platform: process.platform,
  arch: process.arch,
  musl: familySync() === MUSL,
});

/** The build for a machine, if TensorFlow publishes one that can be loaded there. */
export function buildFor({ platform, arch, musl }: Host, kind: BuildKind): Build | undefined {
  if (musl) return undefined;
  if (kind === 'cpu') {
    const wheel = cpuWheels[`${platform} ${arch}`];
    return wheel && { kind, wheels: [wheel], libraries: '.' };
  }
  const [tensorflow, ...nvidia] = cudaWheels;
  return platform === 'linux' && arch === 'x64'
    ? { kind, wheels: [tensorflow!, ...nvidia], libraries: 'tensorflow' }
    : undefined;
}

/** Why there is no build for a machine, and what to do. */
export function noBuildFor({ platform, arch, musl }: Host): string {
  const machine = musl ? `${platform} ${arch} with musl instead of glibc` : `${platform} ${arch}`;
  const advice =
    platform === 'win32'
      ? 'run this under WSL 2 (wsl --install), which is Linux'
      : `use one of ${Object.keys(cpuWheels).join(', ')}, or set PAPERLAB_TENSORFLOW to a folder with a build of your own`;
  return `TensorFlow ${version} has no build for ${machine}: ${advice}`;
}
