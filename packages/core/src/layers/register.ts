import { serialization } from '@tensorflow/tfjs-core';
import { LocalResponseNormalization } from './local-response-normalization.js';
import { PaddedAveragePooling2D, PaddedMaxPooling2D } from './padded-pooling.js';

/** Makes the layers that tfjs lacks known to `loadLayersModel`, so that a saved model with them loads. */
export function registerLayers(): void {
  serialization.registerClass(LocalResponseNormalization);
  serialization.registerClass(PaddedMaxPooling2D);
  serialization.registerClass(PaddedAveragePooling2D);
}
