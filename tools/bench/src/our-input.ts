/**
 * Paperlab as a contender that prepares images: a split's batches, drawn one after the other by a compiled function.
 *
 *   node … src/our-input.ts EPOCHS
 */
import { experimentNamed } from './experiments.js';
import { serveInput } from './serve-input.js';

const { dataset, batchSize, seed } = experimentNamed('resnet20-synthetic');
await serveInput(dataset, { batchSize, shuffle: { seed } }, Number(process.argv[2]));
