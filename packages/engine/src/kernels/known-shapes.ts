import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';
import type { Kernel } from './kernel.js';

/**
 * tfjs code decides by shapes, so that a compiled function has no use for a result whose shape is known only when it
 * runs. Images in datasets, whose size is not known before they are decoded, may be of unknown size all along.
 */
export function requiringKnownShapes({ kernelName, kernelFunc }: Kernel): Kernel {
  return {
    kernelName,
    kernelFunc: (call) => {
      const made = kernelFunc(call);
      const { runtime } = call.backend as TensorFlowBackend;
      if (runtime.trace && isUnknown(made) && !isUnknown(Object.values(call.inputs as object))) {
        throw new Error(
          `${kernelName}: the shape of its result depends on values, which a compiled function has only when it runs. ` +
            'Call it outside of the function.',
        );
      }
      return made;
    },
  };
}

const isUnknown = (tensors: Nested): boolean =>
  Array.isArray(tensors)
    ? tensors.some(isUnknown)
    : !!(tensors as TensorInfo | undefined)?.shape.includes(-1);

type Nested = TensorInfo | undefined | readonly Nested[];
