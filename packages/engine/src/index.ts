export type { BatchOptions, TensorFlowDataset } from './data/dataset.js';
export type { MapOptions } from './data/builder.js';
export type { ElementSpec } from './data/element.js';
export type { IndexedDataset, ShuffleOptions } from './data/indexed-dataset.js';
export type { DatasetIterator } from './data/iterator.js';
export type { DatasetSources } from './data/sources.js';
export {
  centerCrop,
  crop,
  decodeImage,
  decodeJpeg,
  type DecodeJpegOptions,
  type DecodeOptions,
  decodePng,
  type DecodePngOptions,
  type ImageSize,
  readFile,
  resizeBilinear,
  type ResizeOptions,
} from './image-ops.js';
export { type Cluster, ClusterError, type ClusterOptions, type Member } from './cluster.js';
export type { CollectiveGroup, GroupOptions, Reduction } from './collectives.js';
export type { DeviceSpec } from './device.js';
export { countGpus } from './gpu-count.js';
export { gpuUse, type GpuUse } from './gpu-use.js';
export type { BuildKind } from './library/builds.js';
export type { Partition } from './partition.js';
export type { SaveModelOptions } from './saved-model/save.js';
export { TensorFlowError } from './status.js';
export { tensorflow, type TensorFlowEngine, type TensorFlowOptions } from './tensorflow.js';
export type { TensorSpec } from './value.js';
