export { abortError } from './abort-error.js';
export { Evaluation, type EvaluationResult, type Mistake } from './evaluation.js';
export { type Activation, leakyRelu, relu, scaledTanh } from './blocks/activation.js';
export { add, type Block, chain, concat } from './blocks/block.js';
export { conv, partialConv } from './blocks/conv.js';
export { dense, dropout, euclideanRbf, flatten } from './blocks/dense.js';
export {
  type Fans,
  glorotUniform,
  heNormal,
  type InitialWeights,
  normal,
  pytorchDefault,
  uniform,
} from './blocks/initial-weights.js';
export { network } from './blocks/network.js';
export { batchNorm, localResponseNorm, spatialResponseNorm } from './blocks/normalization.js';
export type { Padding } from './blocks/padding.js';
export { avgPool, globalAvgPool, maxPool, minPool, subsampling } from './blocks/pooling.js';
export type { Callback } from './callback.js';
export { bestCheckpoints, type BestCheckpointsOptions } from './callbacks/best-checkpoints.js';
export { earlyStopping, type EarlyStoppingOptions } from './callbacks/early-stopping.js';
export { bestEpoch, type Monitored } from './callbacks/monitor.js';
export { type Provided, resolveAll, runContainer, type RunParts, tokens } from './container.js';
export type {
  ArraySource,
  Dataset,
  DecodedCache,
  FileSource,
  ImageSource,
  JitterRange,
  MeanImage,
  MixingTransform,
  OpenContext,
  RandomTransform,
  Split,
  SplitName,
  Transform,
  View,
} from './dataset.js';
export { eager, type EagerOptions } from './eager/engine.js';
export { type Precision, precisions } from './precision.js';
export type {
  Batch,
  Compiled,
  CompileOptions,
  Device,
  DeviceGroup,
  Engine,
  Input,
  InputOptions,
  Worker,
} from './engine.js';
export {
  defineExperiment,
  type Experiment,
  type ExperimentInput,
  experimentParams,
  withOverrides,
} from './experiment.js';
export { fromPyTorch } from './from-pytorch.js';
export { initialize, shapesOnly } from './initialization.js';
export { EuclideanRBF, type EuclideanRbfOptions } from './layers/euclidean-rbf.js';
export { fuseLayers } from './layers/fused.js';
export {
  LocalResponseNormalization,
  type LocalResponseNormalizationOptions,
} from './layers/local-response-normalization.js';
export {
  PaddedAveragePooling2D,
  type PaddedAveragePoolingOptions,
  PaddedMaxPooling2D,
  type PaddedPoolingOptions,
} from './layers/padded-pooling.js';
export {
  PartiallyConnectedConv2D,
  type PartiallyConnectedConv2DOptions,
} from './layers/partially-connected-conv2d.js';
export { registerLayers } from './layers/register.js';
export { ScaledTanh } from './layers/scaled-tanh.js';
export {
  SpatialResponseNormalization,
  type SpatialResponseNormalizationOptions,
} from './layers/spatial-response-normalization.js';
export { Subsampling2D, type SubsamplingOptions } from './layers/subsampling.js';
export { labelSmoothing, softmaxCrossEntropy } from './loss.js';
export type { EpochResult, Metrics } from './metrics.js';
export type { Loss, Model, PyTorchNetwork } from './model.js';
export { fraction, oneOf, wholeNumber } from './model-options.js';
export type { FusedUpdate, Optimizer, Progress, UpdateState, Updated } from './optimizer.js';
export { adagrad, type AdagradOptions } from './optimizers/adagrad.js';
export { adam, type AdamOptions } from './optimizers/adam.js';
export { adamw, type AdamwOptions } from './optimizers/adamw.js';
export { lars, type LarsOptions } from './optimizers/lars.js';
export { rmsprop, type RmspropOptions } from './optimizers/rmsprop.js';
export { sdlm, type SdlmOptions } from './optimizers/sdlm.js';
export { sgd, type SgdOptions } from './optimizers/sgd.js';
export { parseOptions } from './options.js';
export { Epoch } from './epoch.js';
export { mapImage } from './map-image.js';
export { checkWholeNumber } from './whole-number.js';
export { type Flattened, flattenNested } from './nested.js';
export { outputsOf } from './outputs.js';
export type { DevicePlacement, Replicas } from './placement.js';
export { plugins, type Plugins } from './plugins.js';
export { pretrained } from './pretrained.js';
export type { CallEvent, OpEvent, Profile, Profiler } from './profile.js';
export { byLayer, type LayerRule } from './placements/by-layer.js';
export { columns } from './placements/columns.js';
export { placeLayers } from './placed-layers.js';
export { replicas, type ReplicasOptions } from './placements/replicas.js';
export { single } from './placements/single.js';
export { workers, type WorkersOptions } from './placements/workers.js';
export { cosineDecay, exponentialDecay, polynomialDecay, stepDecay } from './schedules/decay.js';
export { oneCycle, type OneCycleOptions } from './schedules/one-cycle.js';
export { piecewise } from './schedules/piecewise.js';
export { type PlateauOptions, reduceOnPlateau } from './schedules/plateau.js';
export { constant, type Schedule } from './schedules/schedule.js';
export { warmup, type WarmupOptions } from './schedules/warmup.js';
export {
  philox,
  randomKey,
  type RandomKey,
  statelessNormal,
  statelessTruncatedNormal,
  statelessUniform,
  type StepRandomness,
  stepRandomness,
  withStepRandomness,
} from './random.js';
export { type AdjustHue, colorJittered } from './color-jitter.js';
export { lightingShift } from './pca-lighting.js';
export { mixed, mixingNumbers, mixingOf, unmixed } from './mixing.js';
export { randAugmented, type RandAugmentOps } from './rand-augment/rand-augment.js';
export { isRandomTransform, randomDraws, type RandomNumbers, randomNumbers } from './random-transforms.js';
export { resizedCropBoxes } from './resized-crop.js';
export {
  readSafetensors,
  type Safetensors,
  type SafetensorsDType,
  type StoredTensor,
  writeSafetensors,
} from './safetensors.js';
export { namedWeights, restoreVariables, storedTensors } from './stored-weights.js';
export { type Averaging, ema, polyak, withAverages } from './step/averaging.js';
export type { Clipping } from './step/clipping.js';
export { LossScale } from './step/loss-scale.js';
export { ReplicaSet, type ReplicaSetOptions } from './step/replica-set.js';
export {
  BUCKET_BYTES,
  replicatedEvaluation,
  ReplicatedStep,
  type ReplicatedStepOptions,
} from './step/replicated-step.js';
export { partsOf } from './replica.js';
export { type BatchSums, evaluationStep, TrainStep, type TrainStepOptions } from './step/step.js';
export { type TrainedWeight, trainedWeights, type TrainedWeightsOptions } from './step/trained-weight.js';
export type { WeightRule } from './step/weight-rules.js';
export { medianPruner, type MedianPrunerOptions } from './study/median-pruner.js';
export type { Pruner } from './study/pruner.js';
export {
  choice,
  type FiniteRange,
  float,
  type FloatOptions,
  int,
  type Range,
  type SearchValue,
} from './study/ranges.js';
export { grid, randomSearch, type RandomSearchOptions, type ValuesOf } from './study/search.js';
export { type Change, type Changes, study, type Study, type StudyOptions } from './study/study.js';
export { type LayerShape, type Summary, summary, type SummaryRow, summaryTable } from './summary.js';
export {
  centerCropTest,
  type CropOptions,
  type CropProtocol,
  denseTest,
  type DenseProtocol,
  multiCrop,
  type ScalesOptions,
  squareCrops,
  tenCrop,
  type TestProtocol,
} from './test-protocol.js';
export { imageClassification, resizeToTensor } from './torchvision-transforms.js';
export type { Artifact, ModelArtifact, RunDescription, RunStatus, TrackedRun, Tracker } from './tracker.js';
