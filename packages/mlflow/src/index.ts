import type { Plugins } from '@paperlab/core';
import { mlflow } from './tracker.js';

export { serverAddress, type ServerAddress } from './address.js';
export type { Artifact, ArtifactOwner } from './artifacts.js';
export { MlflowClient } from './client.js';
export { idempotencyTag } from './creation.js';
export { mlflowEnvironment, type Attempts, type MlflowEnvironment, type Tls } from './environment.js';
export { MlflowError } from './errors.js';
export { startServer, type MlflowServer, type ServerOptions } from './server.js';
export {
  metricValue,
  type EndpointName,
  type LoggedModel,
  type Metric,
  type ModelVersion,
  type RegisteredModel,
  type Request,
  type Response,
  type Run,
} from './spec.js';
export { sync, type SyncOptions, type SyncResult } from './sync.js';
export { mlflow, type MlflowOptions } from './tracker.js';
export { ui, type UiOptions } from './ui.js';

/** The tracker by the name that a command line has for it. */
export const plugins = { trackers: { mlflow } } as const satisfies Plugins;
