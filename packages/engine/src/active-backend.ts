import { engine, getBackend } from '@tensorflow/tfjs-core';
import { TensorFlowBackend } from './backend.js';

/**
 * The backend, for functions on tensors that are not in tfjs.
 * @throws if tfjs's current backend is another; `what` begins the message
 */
export function activeBackend(what: string): TensorFlowBackend {
  const { backend } = engine();
  if (backend instanceof TensorFlowBackend) return backend;
  throw new Error(
    `${what} needs the backend tensorflow, and tfjs uses ${getBackend()}. Call tensorflow() first.`,
  );
}
