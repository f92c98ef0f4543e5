export { evaluate, type EvaluateOptions } from './evaluate.js';
export {
  findLearningRate,
  type FindLearningRateOptions,
  type LearningRatePoint,
  type LearningRateRange,
} from './find-learning-rate.js';
export type { Composition } from './composition.js';
export type { RecordOptions } from './record/run-record.js';
export type { ProfileOptions } from './profile/profiled-steps.js';
export type { OpCost, ProfileSummary, TimeShares } from './profile/summary.js';
export type { ExportDescription } from './export/description.js';
export {
  exportCheckpoint,
  type Exported,
  type ExportFormat,
  type ExportOptions,
} from './export/export-checkpoint.js';
export { train, type StepProgress, type TrainOptions } from './train.js';
export { loadCheckpoint, type LoadedCheckpoint } from './load-checkpoint.js';
export type { Limits } from './limits.js';
export { measureScale, type Scale, type ScaleFigures, type ScaleOptions } from './scale/measure-scale.js';
export type { ScalePrediction } from './scale/prediction.js';
export { clusterFrom, tfConfigOf } from './tf-config.js';
export { threadsFor } from './threads.js';
export { predict, type Prediction, type PredictOptions } from './predict.js';
export { runStudy, type RunStudyOptions, type Workers } from './study/run-study.js';
export { runVariant, type VariantOptions } from './study/run-variant.js';
export { folderStore, type StudyState, type StudyStore, type VariantResult } from './study/store.js';
