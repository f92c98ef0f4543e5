/**
 * Paperlab as a contender that prepares photos.
 *
 *   node … src/our-photos.ts FOLDER no|yes EPOCHS [cache]
 */
import { imageFolder } from '@paperlab/datasets';
import { serveInput } from './serve-input.js';

const [folder, antialias, epochs, cache] = process.argv.slice(2) as [string, 'no' | 'yes', string, string?];
const dataset = imageFolder({
  folder,
  cache: cache === 'cache',
  transforms: [
    { name: 'randomResizedCrop', size: [224, 224], antialias: antialias === 'yes' },
    { name: 'randomHorizontalFlip' },
    { name: 'scale', factor: 1 / 255, offset: 0 },
    { name: 'normalize', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  ],
});
await serveInput(dataset, { batchSize: 64, shuffle: { seed: 4242 } }, Number(epochs));
