/**
 * Opens a split, given as JSON in a file, with its decoded images in a folder, and reports what is said, and the sum of the pixels
 * of each batch. With `wait`, it stands still when the first tenth is decoded.
 */
import type { FileSource, Split } from '@paperlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { tensorflow } from '../index.js';
import { report } from './run-child.js';

const [path, folder, mode] = process.argv.slice(2) as [string, string, string?];
const files = JSON.parse(readFileSync(path, 'utf8')) as string[];
const source: FileSource = { kind: 'files', files, channels: 3, labels: new Int32Array(files.length) };
const lines: string[] = [];
const split: Split = {
  size: files.length,
  source,
  transforms: [{ name: 'resize', size: [8, 8] }],
  digest: 'files',
  cache: {
    folder,
    report(line) {
      lines.push(line);
      if (mode !== 'wait' || !line.startsWith('decoded')) return;
      report({ decoding: line });
      for (;;); // until it is killed
    },
  },
};
const engine = await tensorflow();
const input = await engine.input(split, { batchSize: files.length });
await input.seek(0);
const { images } = input.next(files.length);
report({ lines, sum: tf.sum(images).dataSync()[0] });
process.exit(0);
