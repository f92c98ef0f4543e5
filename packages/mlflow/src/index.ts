export { serverAddress, type ServerAddress } from './address.js';
export { idempotencyTag, MlflowClient } from './client.js';
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
