import { countGpus } from '../gpu-count.js';
import { buildFor, type BuildKind, type Host, thisHost } from './builds.js';
import { version } from './wheels.js';

/** Which build of TensorFlow is wanted. */
export interface BuildChoice {
  readonly kind: BuildKind;
  /** Whether the user said so, in `PAPERLAB_TENSORFLOW_BUILD`. */
  readonly asked: boolean;
}

/**
 * The build in `PAPERLAB_TENSORFLOW_BUILD`, else CUDA's where this process may use an NVIDIA GPU and there is such a
 * build, else the CPU's.
 * @param gpus NVIDIA GPUs that this process may use
 * @throws when the variable is neither `cpu` nor `cuda`, or `cuda` has no build for this machine
 */
export function chooseBuild(
  env: NodeJS.ProcessEnv,
  host: Host = thisHost(),
  gpus: () => number = countGpus,
): BuildChoice {
  const asked = env['PAPERLAB_TENSORFLOW_BUILD'];
  if (!asked) return { kind: buildFor(host, 'cuda') && gpus() > 0 ? 'cuda' : 'cpu', asked: false };
  if (asked !== 'cpu' && asked !== 'cuda') {
    throw new Error(
      `PAPERLAB_TENSORFLOW_BUILD=${asked} is no build of TensorFlow: set it to cpu or cuda, or unset it`,
    );
  }
  if (asked === 'cuda' && !buildFor(host, 'cuda')) {
    throw new Error(
      `PAPERLAB_TENSORFLOW_BUILD=cuda: TensorFlow ${version} has a CUDA build for linux x64 with glibc only: set it ` +
        'to cpu, or unset it',
    );
  }
  return { kind: asked, asked: true };
}
