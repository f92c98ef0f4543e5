export { datasetContract } from './dataset-contract.js';
export { exampleExperiment, exampleRun } from './example.js';
export { modelContract } from './model-contract.js';
export { optimizerContract } from './optimizer-contract.js';
export { placementContract } from './placement-contract.js';
export { pytorchParity, type PytorchFixture } from './pytorch-parity.js';
export { type StepFixture, stepParity, type StepRunner } from './step-parity.js';
export { trackerContract } from './tracker-contract.js';
