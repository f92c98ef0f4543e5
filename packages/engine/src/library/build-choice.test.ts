import { expect, it } from '@jest/globals';
import { chooseBuild } from './build-choice.js';

const linux = { platform: 'linux', arch: 'x64', musl: false } as const;
const mac = { platform: 'darwin', arch: 'arm64', musl: false } as const;
const choose = (asked: string | undefined, host: Parameters<typeof chooseBuild>[1], gpus: number) =>
  chooseBuild({ PAPERLAB_TENSORFLOW_BUILD: asked }, host, () => gpus);

it('is for CUDA where there are GPUs, and a build for them', () => {
  expect(choose(undefined, linux, 1)).toEqual({ kind: 'cuda', asked: false });
  expect(choose('', linux, 0)).toEqual({ kind: 'cpu', asked: false });
  expect(choose(undefined, { ...linux, arch: 'arm64' }, 1)).toEqual({ kind: 'cpu', asked: false });
  expect(choose(undefined, { ...linux, musl: true }, 1)).toEqual({ kind: 'cpu', asked: false });
});

it('is the one that was asked for', () => {
  expect(choose('cpu', linux, 1)).toEqual({ kind: 'cpu', asked: true });
  expect(choose('cuda', linux, 0)).toEqual({ kind: 'cuda', asked: true });
});

it('is refused in one line when there is none', () => {
  expect(() => choose('gpu', linux, 1)).toThrow(
    /^PAPERLAB_TENSORFLOW_BUILD=gpu is no build of TensorFlow: set it to cpu or cuda, or unset it$/,
  );
  expect(() => choose('cuda', mac, 0)).toThrow(
    /^PAPERLAB_TENSORFLOW_BUILD=cuda: TensorFlow 2.20.0 has a CUDA build for linux x64 with glibc only: set it to cpu, or unset it$/,
  );
});
