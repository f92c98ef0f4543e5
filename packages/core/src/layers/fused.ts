import { fuseBatchNormalization } from './batch-normalization.js';
import { drawOnDevice } from './noise.js';
import { drawRecurrentDropout } from './recurrent-dropout.js';

/**
 * Makes tfjs's own layers use what the current backend does best: batch normalisation in one op, random draws on the
 * device. They look at the backend at every call, and on others compute as ever. Engines call it.
 */
export function fuseLayers(): void {
  fuseBatchNormalization();
  drawOnDevice();
  drawRecurrentDropout();
}
